"""`pintle config schema` against `pintle check-config`: what one takes, the other takes."""

import json
import re
import subprocess

import jsonschema
import yaml

from harness import PINTLE, ROOT, EndToEnd, environment, main

VARIABLES = {"PINTLE_WRITE_KEY": "key", "CUSTOMERIO_SITE_ID": "site", "CUSTOMERIO_API_KEY": "secret",
             "PINTLE_ADMIN_TOKEN": "token"}

# A key with its value, and whether it is valid.
VALUES = [
    ("listen: 0.0.0.0:8080", True),
    ("listen: '[::]:8080'", True),
    ("listen: nowhere", False),
    ("ingest: {max_body: 4MiB}", True),
    ("ingest: {max_body: 4000000}", True),
    ("ingest: {max_body: 4 MB}", False),
    ("ingest: {max_body: 1}", False),
    ("ingest: {max_events_per_request: 10}", True),
    ("ingest: {max_events_per_request: 0}", False),
    ("ingest: {max_events_per_request: many}", False),
    ("ingest: {max_events_per_request: '${MANY:-10}'}", True),
    ("ingest: {header_timeout: 10s}", True),
    ("ingest: {header_timeout: 10}", False),
    ("ingest: {dedupe_window: 7d}", True),
    ("ingest: {dedupe_window: 7 d}", False),
    ("ingest: {drain_timeout: 0}", True),
    ("ingest: {cors_origins: ['*', 'https://example.com']}", True),
    ("ingest: {cors_origins: [example.com]}", False),
    ("ingest: {colour: red}", False),
    ("admin: {redact: true}", True),
    ("admin: {redact: maybe}", False),
    ("log: {level: debug, format: json, events: failures}", True),
    ("log: {level: loud}", False),
    ("colour: red", False),
    ("sources: [{name: web, write_key: [old, new], types: [page, track]}]", True),
    ("sources: [{name: web, write_key: {file: KEY}}]", True),
    ("sources: [{name: web, write_key: key, types: [dance]}]", False),
    ("sources: [{name: web, write_key: key, colour: red}]", False),
    ("sources: {name: web}", False),
    ("destinations: [{rate: 0.5}]", True),
    ("destinations: [{rate: 0}]", False),
    ("destinations: [{region: eu, user_id_type: email, semantic_events: all}]", True),
    ("destinations: [{region: de}]", False),
    ("destinations: [{semantic_events: [User Deleted]}]", True),
    ("destinations: [{semantic_events: [User Forgotten]}]", False),
    ("destinations: [{base_url: 'https://track.customer.io'}]", True),
    ("destinations: [{base_url: track.customer.io}]", False),
    ("destinations: [{events: {include: [{type: track, name: 'Order *'}], exclude: [{name: Test}]}}]", True),
    ("destinations: [{events: {include: [{name: '*Order'}]}}]", False),
    ("destinations: [{consent: [{provider: ketch, categories: [ads], strategy: or}]}]", True),
    ("destinations: [{consent: [{provider: ketch}]}]", False),
    ("destinations: [{consent: [{provider: nobody, categories: [ads]}]}]", False),
    ("destinations: [{api_version: v2, v2: {max_items: 10}}]", True),
    ("destinations: [{api_version: v2, v2: {max_items: none}}]", False),
]


class Yaml12(yaml.SafeLoader):
    """Reads `off` as a text, as YAML 1.2 and editors do."""


Yaml12.yaml_implicit_resolvers = {first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:bool"]
                                  for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()}
Yaml12.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile("^(true|false)$"), list("tf"))


def read_yaml(text):
    return yaml.load(text, Loader=Yaml12)


class Schema(EndToEnd):
    def setUp(self):
        super().setUp()
        (self.folder / "KEY").write_text("key\n")
        (self.folder / "KEY").chmod(0o600)
        made = subprocess.run([PINTLE, "config", "schema"], capture_output=True, text=True, timeout=60, check=True)
        self.schema = json.loads(made.stdout)
        jsonschema.Draft7Validator.check_schema(self.schema)
        self.validator = jsonschema.Draft7Validator(self.schema)

    def problems(self, text):
        return [error.message for error in self.validator.iter_errors(read_yaml(text))]

    def passes_check(self, text):
        path = self.folder / "pintle.yaml"
        path.write_text(text)
        done = subprocess.run([PINTLE, "check-config", str(path)], capture_output=True, text=True, timeout=60,
                              env=environment(**VARIABLES))
        return done.returncode == 0, done.stdout + done.stderr

    def test_schema_and_check_agree_on_each_value(self):
        for text, valid in VALUES:
            with self.subTest(text):
                text = text.replace("KEY", str(self.folder / "KEY"))
                self.assertEqual(self.problems(text) == [], valid, self.problems(text))
                passes, output = self.passes_check(text)
                self.assertEqual(passes, valid, output)

    def test_the_example_is_valid(self):
        for path in (ROOT / "config/pintle.yaml", ROOT / "kubernetes/configuration/pintle.yaml"):
            text = path.read_text()
            self.assertEqual(self.problems(text), [], path)
            self.assertEqual(yaml.safe_load(text), read_yaml(text), f"{path}: tools that read YAML 1.1 see the same")

    def test_each_key_of_the_example_has_a_description(self):
        def described(schema, value, path):
            if isinstance(value, dict):
                for key, inner in value.items():
                    part = schema["properties"][key]
                    self.assertTrue(part.get("description"), f"{path}.{key}")
                    described(part, inner, f"{path}.{key}")
            elif isinstance(value, list) and value and isinstance(value[0], dict):
                described(schema["items"], value[0], path)
        described(self.schema, read_yaml((ROOT / "config/pintle.yaml").read_text()), "")


if __name__ == "__main__":
    main()
