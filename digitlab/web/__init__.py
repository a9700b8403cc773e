"""What the service and the lab page share: access control, the connection, the server, the socket."""
