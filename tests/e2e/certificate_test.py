"""A reload reads the certificate of ingest again: new connections get it, and a bad one changes nothing."""

import http.client
import json
import signal
import ssl
import subprocess
import time

from harness import PATIENCE, PINTLE, WRITE_KEY, EndToEnd, basic, environment, epoch, main, wait_until


class Certificate(EndToEnd):
    def setUp(self):
        super().setUp()
        self.sandbox = self.start_sandbox()
        self.certificate, self.key = (str(self.folder / name) for name in ("ingest.pem", "ingest.key"))
        self.settings = self.config(self.sandbox.url)
        self.settings["ingest"]["tls"] = {"certificate": self.certificate, "key": self.key}
        self.make(1)
        self.daemon = self.start_daemon(self.settings)

    def make(self, serial, certificate=None, key=None, days=30):
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                        "-subj", "/CN=localhost", "-days", str(days), "-set_serial", str(serial),
                        "-out", certificate or self.certificate, "-keyout", key or self.key],
                       check=True, capture_output=True, timeout=PATIENCE)

    def connect(self):
        tls = ssl.create_default_context()
        tls.check_hostname = False
        tls.verify_mode = ssl.CERT_NONE
        connection = http.client.HTTPSConnection("127.0.0.1", self.daemon.port, timeout=PATIENCE, context=tls)
        connection.connect()
        self.addCleanup(connection.close)
        return connection

    def serial(self, connection):
        pem = ssl.DER_cert_to_PEM_cert(connection.sock.getpeercert(True))
        shown = subprocess.run(["openssl", "x509", "-noout", "-serial"], input=pem, text=True, check=True,
                               capture_output=True, timeout=PATIENCE).stdout
        return int(shown.strip().removeprefix("serial="), 16)

    def send(self, connection, number):
        event = {"userId": "u", "event": "e", "messageId": f"m{number}"}
        headers = {"Authorization": basic(WRITE_KEY), "Content-Type": "application/json"}
        connection.request("POST", "/v1/track", json.dumps(event), headers)
        response = connection.getresponse()
        response.read()
        return response.status

    def reload(self, status=200):
        (self.folder / "pintle.yaml").write_text(json.dumps(self.settings))
        answer = self.daemon.admin("/api/reload", "POST")
        self.assertEqual(answer.status, status, answer)
        return answer.json()

    def test_a_renewed_certificate_is_served_to_new_connections(self):
        before = self.connect()
        self.assertEqual(self.serial(before), 1)
        self.make(2)
        self.assertEqual(self.serial(self.connect()), 1, "not before the reload")
        self.assertEqual(self.reload(), {"file": str(self.folder / "pintle.yaml"),
                                         "changed": ["ingest.tls.certificate (content)"], "kept": []})
        after = self.connect()
        self.assertEqual(self.serial(after), 2)
        self.assertEqual([self.send(before, 1), self.send(after, 2)], [200, 200])
        self.assertEqual(self.reload(), {"file": str(self.folder / "pintle.yaml"),
                                         "changed": [], "kept": []})
        self.sandbox.await_taken(2)

    def expiry(self):
        return self.daemon.metrics().value("pintle_ingest_tls_certificate_expiry_timestamp_seconds")

    def test_its_expiry_is_a_metric_and_part_of_the_status(self):
        self.assertEqual(self.expiry(), epoch(self.daemon.status()["certificate_expires_at"]))
        self.assertLess(abs(self.expiry() - time.time() - 30 * 86_400), PATIENCE)
        first = self.expiry()
        self.make(2, days=3)
        self.assertEqual(self.expiry(), first)
        warning, = self.reload()["warnings"]
        self.assertRegex(warning, f'ingest.tls.certificate: "{self.certificate}" expires at ')
        self.assertLess(abs(self.expiry() - first + 27 * 86_400), PATIENCE)
        checked = subprocess.run([PINTLE, "check-config", str(self.folder / "pintle.yaml")], capture_output=True,
                                 text=True, timeout=PATIENCE, env=environment())
        self.assertEqual((checked.returncode, checked.stderr), (0, f"warning: {warning}\n"))
        shown = subprocess.run([PINTLE, "status", "--admin", f"http://127.0.0.1:{self.daemon.admin_port}"],
                               capture_output=True, text=True, timeout=PATIENCE)
        self.assertEqual(shown.returncode, 0)
        self.assertRegex(shown.stdout, r"\nwarning: the certificate of ingest.tls expires in (3d|2d23h)\n")

    def test_sighup_does_it_too(self):
        self.make(2)
        self.daemon.signal(signal.SIGHUP)
        wait_until(lambda: 'configuration_reloaded by=SIGHUP changed="ingest.tls.certificate (content)"'
                   in self.daemon.output(), "the log line")
        self.assertEqual(self.serial(self.connect()), 2)

    def test_another_path_is_another_certificate(self):
        self.settings["ingest"]["tls"] = {"certificate": self.certificate + "2", "key": self.key + "2"}
        self.make(2, self.certificate + "2", self.key + "2")
        self.assertEqual(self.reload()["changed"], ["ingest.tls.certificate", "ingest.tls.key"])
        self.assertEqual(self.serial(self.connect()), 2)

    def test_a_bad_one_changes_nothing(self):
        with open(self.key, encoding="ascii") as file:
            old_key = file.read()
        self.make(2)
        with open(self.certificate, encoding="ascii") as file:
            new_certificate = file.read()
        for certificate, key, reason in (
                (new_certificate, old_key, f'ingest.tls.key: "{self.key}" does not belong to the certificate'),
                (new_certificate, "no key", f'ingest.tls.key: "{self.key}" contains no private key'),
                ("no certificate", old_key, f'ingest.tls.certificate: "{self.certificate}" contains no certificate'),
                ("", old_key, "is empty")):
            with self.subTest(reason):
                for path, content in ((self.certificate, certificate), (self.key, key)):
                    with open(path, "w", encoding="ascii") as file:
                        file.write(content)
                self.settings["log"] = {"level": "debug"}
                problems = self.reload(422)["problems"]
                self.assertEqual(len(problems), 1)
                self.assertIn(reason, problems[0])
                self.assertEqual(self.serial(self.connect()), 1)
        self.assertEqual(self.daemon.status()["log_level"], "info")
        self.assertEqual(self.send(self.connect(), 1), 200)

    def test_tls_does_not_begin_or_end_without_a_restart(self):
        del self.settings["ingest"]["tls"]
        self.assertEqual(self.reload(), {"file": str(self.folder / "pintle.yaml"),
                                         "changed": [], "kept": ["ingest.tls.certificate", "ingest.tls.key"]})
        self.assertEqual(self.serial(self.connect()), 1)


if __name__ == "__main__":
    main()
