"""nginx in its own folder, without a port below 1024 and without privileges."""

import shutil
import subprocess

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
