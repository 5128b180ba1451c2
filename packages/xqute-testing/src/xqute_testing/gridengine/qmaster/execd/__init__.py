"""The execution hosts: they start the processes of jobs and collect their exit statuses."""
