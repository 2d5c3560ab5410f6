curl -sS {base}/v2/enqueue -H 'Content-Type: application/json' -d '{
  "routing_key": "{key}", "event_action": "trigger", "dedup_key": "disk-full@web1",
  "payload": {"summary": "Disk of web1 is full", "source": "web1", "severity": "critical"}}'
