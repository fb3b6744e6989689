"""The files of kubernetes/ and the chart's values, checked strictly. Needs no cluster; with kustomize in PATH it builds them."""

import json
import re
import shutil
import subprocess
import tempfile
import unittest
from copy import deepcopy
from pathlib import Path

import jsonschema
import yaml

from manifests import ROOT, Manifests, StrictLoader, read_objects, schema_problems

FOLDER = ROOT / "kubernetes"
CLUSTER = FOLDER / "cluster"
KUSTOMIZE = shutil.which("kustomize")


def read_yaml(path):
    return yaml.load((FOLDER / path).read_text(), Loader=StrictLoader)


def all_objects(folder=FOLDER):
    """Those of every file, with the ConfigMap that kustomize makes. `folder` is that of the kustomization."""
    paths = folder / "pintle.yaml", FOLDER / "ingress.yaml", FOLDER / "servicemonitor.yaml"
    objects = [item for path in paths for item in read_objects(path.read_text())]
    return objects + [{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "pintle", "namespace": "pintle"},
                       "data": {"pintle.yaml": (folder / "configuration/pintle.yaml").read_text()}}]


class Files(unittest.TestCase):
    def test_have_no_unknown_member_and_name_only_what_is_there(self):
        for folder in (FOLDER, CLUSTER):
            with self.subTest(folder.name):
                self.assertEqual(Manifests(all_objects(folder)).problems(existing_secret="pintle"), [])

    def test_contain_no_secret(self):
        for folder in (FOLDER, CLUSTER):
            self.assertEqual(Manifests(all_objects(folder)).of("Secret"), [])

    def test_the_pods_are_restricted(self):
        for folder in (FOLDER, CLUSTER):
            manifests = Manifests(all_objects(folder))
            self.assertTrue(manifests.pod["securityContext"]["runAsNonRoot"])
            self.assertEqual(manifests.container["securityContext"],
                             {"allowPrivilegeEscalation": False, "readOnlyRootFilesystem": True,
                              "capabilities": {"drop": ["ALL"]}})

    def test_every_file_has_the_program_s_version(self):
        version = re.search(r"^project\(pintle VERSION ([0-9.]+)", (ROOT / "CMakeLists.txt").read_text(), re.MULTILINE)[1]
        chart = read_yaml("chart/Chart.yaml")
        self.assertEqual({chart["version"], chart["appVersion"]}, {version})
        for folder in (FOLDER, CLUSTER):
            image, = read_yaml(folder / "kustomization.yaml")["images"]
            self.assertEqual(image["newTag"], version)
            self.assertEqual(Manifests(all_objects(folder)).container["image"], f"pintle:{version}")


class Cluster(unittest.TestCase):
    """The nodes of kubernetes/cluster, which share a journal on Kafka."""

    @classmethod
    def setUpClass(cls):
        cls.manifests = Manifests(all_objects(CLUSTER))
        cls.config = read_yaml(CLUSTER / "configuration/pintle.yaml")

    def test_the_pods_differ_from_those_with_a_volume_in_the_volume_alone(self):
        theirs = Manifests(all_objects()).pod
        theirs["containers"][0]["volumeMounts"] = [mount for mount in theirs["containers"][0]["volumeMounts"]
                                                   if mount["name"] != "journal"]
        self.assertEqual(self.manifests.pod, theirs)
        self.assertEqual((self.manifests.workload["kind"], self.config["journal"]["backend"]), ("Deployment", "kafka"))

    def test_an_update_stops_one_node_at_a_time_and_a_drain_of_machines_too(self):
        rolling = self.manifests.workload["spec"]["strategy"]["rollingUpdate"]
        self.assertEqual(rolling, {"maxUnavailable": 1, "maxSurge": 1})
        self.assertGreater(self.manifests.workload["spec"]["replicas"], rolling["maxUnavailable"])
        self.assertEqual(self.manifests.of("PodDisruptionBudget")[0]["spec"]["maxUnavailable"], 1)

    def test_a_node_may_reach_the_brokers(self):
        policy, = self.manifests.of("NetworkPolicy")
        ports = {port["port"] for rule in policy["spec"]["egress"] for port in rule["ports"]}
        for broker in self.config["journal"]["kafka"]["brokers"]:
            self.assertIn(int(broker.rpartition(":")[2]), ports)

    def test_the_rest_of_the_configuration_is_that_of_replicas_with_a_volume(self):
        theirs = read_yaml("configuration/pintle.yaml")
        self.assertEqual(self.config | {"journal": None}, theirs | {"journal": None})


class Check(unittest.TestCase):
    """That the checks above find something."""

    def problems_after(self, change):
        objects = deepcopy(all_objects())
        change(Manifests(objects))
        return Manifests(objects).problems(existing_secret="pintle")

    def test_an_unknown_member_a_wrong_type_and_an_unknown_kind_are_found(self):
        pod = {"containers": [{"name": "a", "imagePulPolicy": "Always"}], "terminationGracePeriodSeconds": "40"}
        item = {"apiVersion": "apps/v1", "kind": "StatefulSet", "metadata": {"name": "a"},
                "spec": {"serviceName": "a", "selector": {}, "template": {"spec": pod}}}
        problems = "\n".join(schema_problems(item))
        self.assertIn("imagePulPolicy", problems)
        self.assertIn("terminationGracePeriodSeconds", problems)
        self.assertEqual(schema_problems({"kind": "Deploiment"}), ["no schema of the kind Deploiment"])

    def test_a_reference_to_what_is_not_there_is_found(self):
        changes = {
            "no headless Service": lambda m: m.workload["spec"].update(serviceName="other"),
            "no ConfigMap": lambda m: m.pod["volumes"][0]["configMap"].update(name="other"),
            "no Secret": lambda m: m.container["envFrom"][0]["secretRef"].update(name="other"),
            "does not select its pods": lambda m: m.template["metadata"].update(labels={"a": "b"}),
            "Ingress sends to no port": lambda m: m.of("Ingress")[0]["spec"]["rules"][0]["http"]["paths"][0]["backend"][
                "service"].update(name="other"),
            "sends to no port of the container": lambda m: m.container["ports"].pop(),
            "are not the volumes": lambda m: m.container["volumeMounts"].pop(),
            "ServiceMonitor reads the ports": lambda m: m.of("ServiceMonitor")[0]["spec"]["endpoints"][0].update(port="x"),
        }
        for expected, change in changes.items():
            with self.subTest(expected):
                self.assertIn(expected, "\n".join(self.problems_after(change)))

    def test_a_repeated_key_is_found(self):
        with self.assertRaisesRegex(yaml.YAMLError, "repeated"):
            read_objects("a: 1\na: 2\n")


@unittest.skipUnless(KUSTOMIZE, "there is no kustomize")
class Kustomize(unittest.TestCase):
    def build(self, configuration="", of="."):
        with tempfile.TemporaryDirectory(prefix="pintle-kustomize-") as folder:
            copy = Path(shutil.copytree(FOLDER, f"{folder}/kubernetes")) / of
            with (copy / "configuration/pintle.yaml").open("a") as file:
                file.write(configuration)
            done = subprocess.run([KUSTOMIZE, "build", str(copy)], capture_output=True, text=True, timeout=60)
        self.assertEqual(done.returncode, 0, done.stderr)
        return Manifests(read_objects(done.stdout))

    def test_what_it_builds_is_valid(self):
        for folder in (".", "cluster"):
            self.assertEqual(self.build(of=folder).problems(existing_secret="pintle"), [])

    def test_a_changed_configuration_changes_the_pod_template(self):
        self.assertEqual(self.build().template, self.build().template)
        self.assertNotEqual(self.build().template, self.build("# changed\n").template)


class ChartValues(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.values = read_yaml("chart/values.yaml")
        cls.schema = json.loads((FOLDER / "chart/values.schema.json").read_text())
        jsonschema.Draft7Validator.check_schema(cls.schema)

    def problems(self, changes):
        return [error.message for error in jsonschema.Draft7Validator(self.schema).iter_errors(self.values | changes)]

    def test_the_defaults_match_the_schema(self):
        self.assertEqual(self.problems({}), [])

    def test_the_schema_rejects_what_the_chart_does_not_use(self):
        config = self.values["config"]
        for changes in ({"replicas": 3}, {"image": {"repository": "pintle", "name": "x"}}, {"secrets": {"key": "x"}},
                        {"secrets": {"PINTLE_WRITE_KEY": ""}}, {"replicaCount": "2"}, {"persistence": {"size": "20 GB"}},
                        {"config": config | {"colour": "red"}}, {"config": config | {"listen": "127.0.0.1:8080"}},
                        {"config": config | {"journal": {"directory": "/tmp"}}}, {"config": {}}):
            with self.subTest(changes):
                self.assertNotEqual(self.problems(changes), [])

    def test_the_schema_describes_each_value_and_each_has_a_default(self):
        def compare(values, schema, path):
            schema = self.schema["definitions"]["probe"] if "$ref" in schema else schema
            if schema.get("additionalProperties") is not False:
                return
            properties = set(schema["properties"]) - {"global"}
            if "Probe" in path:
                self.assertLessEqual(set(values), properties, path)
            else:
                self.assertEqual(set(values), properties, path)
            for key, value in values.items():
                if isinstance(value, dict):
                    compare(value, schema["properties"][key], f"{path}.{key}")
        compare(self.values, self.schema, "")

    def test_the_configuration_is_that_of_kustomize(self):
        self.assertEqual(self.values["config"], read_yaml("configuration/pintle.yaml"))

    def test_there_are_no_credentials_by_default(self):
        self.assertEqual((self.values["existingSecret"], self.values["secrets"]), ("", {}))

    def test_the_schema_of_the_configuration_is_the_program_s(self):
        self.assertEqual(self.schema["definitions"]["configuration"],
                         json.loads((ROOT / "docs/configuration.schema.json").read_text()), "./dev docs makes it anew")


if __name__ == "__main__":
    unittest.main(verbosity=2)
