"""Pure rules: functions of facts, policy and instant. No clock, no table, no setting is read here."""
