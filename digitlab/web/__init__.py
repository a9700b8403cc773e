"""What the service and the lab page share: who may send a request, one connection, one server, the port."""
