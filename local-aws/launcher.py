"""Runs MiniStack with the documented behavior of IAM and CloudFormation until its standard input ends.

Prints the port of 127.0.0.1 on which it listens, and logs to its standard error. Its files are in a temporary directory.
"""
import asyncio
import atexit
import os
import shutil
import signal
import socket
import sys
import tempfile
import threading


def main():
    # Its own process group, so that one signal also ends the Lambda processes.
    os.setpgrp()
    directory = tempfile.mkdtemp(prefix="local-aws-")
    atexit.register(shutil.rmtree, directory, ignore_errors=True)
    threading.Thread(target=end_with_stdin, args=(directory,), daemon=True).start()

    # Bound first and never released, so that no other process can bind the port.
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    listener.listen()
    port = listener.getsockname()[1]
    os.environ.update(environment(port, directory))
    tempfile.tempdir = directory

    app = patched_ministack()
    print(port, flush=True)
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    serve(app, listener)


def environment(port, directory):
    """MiniStack's environment variables: all files in `directory`, one port, no Docker."""
    return {
        "GATEWAY_PORT": str(port),
        "MINISTACK_HOST": "127.0.0.1",
        "IOT_MTLS_ENABLED": "0",
        "SFTP_ENABLED": "0",
        "TMPDIR": directory,
        "STATE_DIR": os.path.join(directory, "state"),
        "S3_DATA_DIR": os.path.join(directory, "s3"),
        "DOCKER_HOST": f"unix://{directory}/no-docker.sock",
        "LAMBDA_EXECUTOR": "local",
    }


def patched_ministack():
    """MiniStack's application. It reads its environment variables when it is imported, hence the late imports."""
    import authorization
    import cloudformation
    import elasticache
    import service_linked_roles
    import settings
    from ministack.app import app

    service_linked_roles.install()
    authorization.install()
    cloudformation.install()
    elasticache.install()
    return settings.with_paths(app)


def serve(app, listener):
    from hypercorn.asyncio import serve as hypercorn_serve
    from hypercorn.config import Config

    config = Config()
    config.bind = [f"fd://{listener.detach()}"]
    # Longer than any test, so that no client reuses a connection that the server is just closing.
    config.keep_alive_timeout = 3600
    asyncio.run(hypercorn_serve(app, config))


def end_with_stdin(directory):
    """Ends the process group when the parent process closes the standard input or ends."""
    sys.stdin.buffer.read()
    try:
        from ministack.core import lambda_runtime

        # Waits for the Lambda processes, which can still write files.
        lambda_runtime.reset()
    finally:
        shutil.rmtree(directory, ignore_errors=True)
        os.killpg(0, signal.SIGKILL)


if __name__ == "__main__":
    main()
