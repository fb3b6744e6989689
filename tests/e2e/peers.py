"""Servers that stand in for Customer.io and misbehave, each in one way, and certificates for them."""

import contextlib
import datetime
import socket
import ssl
import subprocess
import threading
import time

from harness import PATIENCE

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"


class Request:
    def __init__(self, head, body, encrypted):
        lines = head.decode().split("\r\n")
        self.path = lines[0].split(" ")[1]
        self.headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines[1:])}
        self.body = body
        self.encrypted = encrypted
        self.time = time.time()


class Peer:
    """Calls `behave` for each connection, on a thread of its own. With a `tls` context it is an HTTPS server. Both may be
    changed at any time and apply from the next connection on."""

    def __init__(self, behave, tls=None, port=0):
        self.behave = behave
        self.tls = tls
        self.connections = 0
        self.requests = []  # complete requests
        self.raw = b""      # bytes that arrived when no request was expected
        self.open = set()
        self.listener = socket.create_server(("127.0.0.1", port), backlog=128)
        self.port = self.listener.getsockname()[1]
        self.thread = threading.Thread(target=self.accept, daemon=True)
        self.thread.start()

    def accept(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            connection.settimeout(PATIENCE)
            self.connections += 1
            threading.Thread(target=self.serve, args=(connection,), daemon=True).start()

    def serve(self, connection):
        behave, tls = self.behave, self.tls
        with contextlib.suppress(OSError):
            if tls is not None:
                plain, connection = connection, tls.wrap_socket(connection, server_side=True)
                plain.close()  # `wrap_socket` owns it now
            self.open.add(connection)
            behave(self, connection)
        self.open.discard(connection)
        with contextlib.suppress(OSError):
            connection.shutdown(socket.SHUT_RDWR)
        connection.close()

    def read(self, connection):
        """The next request, or None at the end of the connection."""
        unread = b""
        while b"\r\n\r\n" not in unread:
            piece = connection.recv(1 << 16)
            if not piece:
                return None
            unread += piece
        head, _, body = unread.partition(b"\r\n\r\n")
        request = Request(head, body, isinstance(connection, ssl.SSLSocket))
        while len(request.body) < int(request.headers.get("content-length", "0")):
            request.body += connection.recv(1 << 16)
        self.requests.append(request)
        return request

    def hang_up(self):
        """Closes the open connections."""
        for connection in list(self.open):
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def close(self):
        with contextlib.suppress(OSError):
            self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        self.thread.join(PATIENCE)
        self.hang_up()


# Behaviours of a peer.

def works(peer, connection):
    while peer.read(connection):
        connection.sendall(OK)


def answers(answer, then=None):
    """Gives the same response to each request, then closes the connection or calls `then`."""
    def behave(peer, connection):
        while peer.read(connection):
            connection.sendall(answer)
            if then is not None:
                return then(peer, connection)
    return behave


def hangs_up(_peer, _connection):
    pass


def hangs(_peer, connection):
    while connection.recv(1 << 16):
        pass


def records(peer, connection):
    """Never responds."""
    while piece := connection.recv(1 << 16):
        peer.raw += piece


def floods(head, piece=bytes(1 << 16)):
    """A response without end."""
    def behave(peer, connection):
        peer.read(connection)
        connection.sendall(head)
        while True:
            connection.sendall(piece)
    return behave


class Authority:
    """Issues certificates with the openssl command."""

    def __init__(self, folder):
        self.folder = folder
        self.folder.mkdir()
        self.count = 0
        (folder / "index").touch()
        (folder / "ca.cnf").write_text(
            f"[ca]\ndefault_ca = ours\n[ours]\ndatabase = {folder}/index\nnew_certs_dir = {folder}\nrand_serial = yes\n"
            f"default_md = sha256\npolicy = any\ncopy_extensions = copy\ncertificate = {folder}/ca.pem\n"
            f"private_key = {folder}/ca.key\nunique_subject = no\n[any]\ncommonName = optional\n")
        self.ca_file = str(folder / "ca.pem")
        self.openssl("req", "-x509", "-subj", "/CN=a test's authority", *self.key("ca"), "-out", self.ca_file)

    def openssl(self, *arguments):
        subprocess.run(["openssl", *arguments], check=True, capture_output=True)

    def key(self, name):
        return ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
                "-keyout", str(self.folder / f"{name}.key"))

    def certificate(self, name="IP:127.0.0.1", expires=None):
        """A server context with a certificate for that name; `expires` is a time in seconds."""
        self.count += 1
        base = self.folder / f"leaf{self.count}"
        end = datetime.datetime.fromtimestamp(expires or time.time() + 3600, datetime.timezone.utc)
        start = end - datetime.timedelta(days=1)
        self.openssl("req", "-new", "-subj", "/CN=peer", "-addext", f"subjectAltName={name}",
                     *self.key(base.name), "-out", f"{base}.csr")
        self.openssl("ca", "-batch", "-config", str(self.folder / "ca.cnf"), "-in", f"{base}.csr",
                     "-out", f"{base}.pem", "-notext",
                     "-startdate", f"{start:%Y%m%d%H%M%SZ}", "-enddate", f"{end:%Y%m%d%H%M%SZ}")
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(f"{base}.pem", f"{base}.key")
        return context
