"""Situations in which people meet kmcrypto: each is one mistake or surprise, and what comes of it.

A situation ends in a value, or in an error whose text says the way out. The objects are the real
ones: requests of web frameworks, which servers on loopback have read, and answers as HTTP clients
have them. test_servers.py is the side that receives, test_events.py the same where an event comes
in the place of a request, and test_clients.py the side that calls. Each is a flat table, a row of
which has the reason above it.

`urllib.request`, `http.client`, `http.server` and `wsgiref` are in the quick suite; situations of
other packages have the marker `programs`.
"""
