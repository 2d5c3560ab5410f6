curl -sS {url} -H 'Content-Type: application/cloudevents+json' -d '{
  "specversion": "1.0", "id": "1", "source": "/web1", "type": "com.example.disk.firing",
  "data": {"title": "Disk of web1 is full", "severity": "critical"}}'
