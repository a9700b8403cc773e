"""Where trainings run: processes of this machine, or the workers of Ray; one protocol, a stream of events."""
