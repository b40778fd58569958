"""What makes a process of services: what a service is made of, in which order it starts and stops; see README.md."""
