"""What the workspace does by itself for a saved query: schedules (jobs of one SQL task) and alerts (alerts v2).

All of it is the workspace's own; the portal keeps no schedule and no rule. Each change has two halves, as those of jobs
have: a dialog's signed token, then what it confirms, done as the viewer and written into the audit stream.
"""
