"""What a process tells its operators: logs, metrics, traces."""
