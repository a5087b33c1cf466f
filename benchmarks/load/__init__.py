"""The load test: the FastAPI recipe behind two workers and one Redis, under hostile calls.

    needed      what must be installed
    hostile     makes the calls, and says for each one how it must be answered
    wire        sends them, over connections of HTTP/1.1
    worker      the application of a worker: docs/recipes/fastapi.md, and bare routes beside it
    servers     Redis and the workers, each a process that ends with its block
    counting    sends all calls, breaks Redis, kills workers, and counts what went wrong
    costs       CPU time of calls beside the bare route, the RSA operation and the bare command
    run         all of it, once
    page        what the command prints

Redis is durable (`appendfsync always`), so that what was claimed stays claimed when it is killed.
"""
