curl -sS {url} -H 'Content-Type: application/json' -d '{
  "title": "Disk of web1 is full", "dedup_key": "disk-full@web1",
  "severity": "critical", "source": "web1", "status": "firing", "labels": {"environment": "production"}}'
