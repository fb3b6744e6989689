"""nginx in its own folder, without a port below 1024 and without privileges."""

import contextlib
import shutil
import subprocess

from harness import call, wait_until

BINARY = shutil.which("nginx", path="/usr/sbin:/usr/bin:/sbin")


class Nginx:
    """Starts nginx. The caller waits until it listens. `http` is the content of its http block."""

    def __init__(self, folder, http):
        home = folder / "nginx"
        home.mkdir(exist_ok=True)
        kinds = "client_body", "proxy", "fastcgi", "uwsgi", "scgi"
        temporary = "".join(f"{kind}_temp_path {home};" for kind in kinds)
        (home / "nginx.conf").write_text(f"""
            daemon off; master_process off; pid {home}/pid; error_log {home}/log;
            events {{ worker_connections 2048; }}
            http {{ access_log off; {temporary} {http} }}""")
        self.child = subprocess.Popen([BINARY, "-p", str(home), "-c", "nginx.conf", "-e", "log"],
                                      stdin=subprocess.DEVNULL)

    def clean_up(self):
        self.child.terminate()
        self.child.wait()


class Balancer(Nginx):
    """A load balancer. It sends a request whose connection fails, or that has no answer after `patience` seconds, to another
    of the `upstreams`. This is harmless, because nobody acts on a repeated id."""

    def __init__(self, folder, upstreams, port, patience=60):
        self.port = port
        servers = "".join(f"server 127.0.0.1:{port} max_fails=1 fail_timeout=1s;" for port in upstreams)
        super().__init__(folder, f"""
            client_body_buffer_size 1m;
            upstream pintle {{ {servers} keepalive 32; }}
            server {{
                listen 127.0.0.1:{port};
                location / {{
                    proxy_pass http://pintle;
                    proxy_http_version 1.1;
                    proxy_set_header Connection "";
                    proxy_connect_timeout 1s;
                    proxy_read_timeout {patience}s;
                    proxy_next_upstream error timeout http_503 non_idempotent;
                }}
            }}
            server {{ listen 127.0.0.1:{port}; server_name balancer; return 204; }}""")
        try:
            wait_until(self.listens, "nginx")
        except BaseException:
            self.clean_up()
            raise

    def listens(self):
        with contextlib.suppress(OSError):
            return call(self.port, "GET", "/", headers={"Host": "balancer"}).status == 204
