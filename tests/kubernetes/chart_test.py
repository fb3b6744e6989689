"""The Helm chart: it is linted, rendered with several values, and the result is checked strictly.

usage: chart_test.py [HELM]        (else helm of PATH or of build/tools; `./dev chart` installs it there)
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

import yaml

from manifests import ROOT, Manifests, StrictLoader, read_objects

CHART = ROOT / "kubernetes/chart"
HELM = sys.argv.pop(1) if len(sys.argv) > 1 else shutil.which("helm") or shutil.which(str(ROOT / "build/tools/helm"))
PINTLE = os.environ.get("PINTLE", str(ROOT / "build/release/pintle"))
SECRETS = {"PINTLE_WRITE_KEY": "k", "PINTLE_ADMIN_TOKEN": "t", "CUSTOMERIO_SITE_ID": "s", "CUSTOMERIO_API_KEY": "a"}
EXISTING = {"existingSecret": "credentials"}
SHARED = EXISTING | {"config": {"journal": {"backend": "kafka", "kafka": {"brokers": ["a:9092", "b:9092", "c:19092"]}}}}
INGRESS = {"enabled": True, "hosts": [{"host": "events.example.com", "paths": [{"path": "/", "pathType": "Prefix"}]}],
           "tls": [{"hosts": ["events.example.com"], "secretName": "pintle-tls"}]}
EVERYTHING = {
    "secrets": SECRETS, "replicaCount": 3, "nameOverride": "events", "ingress": INGRESS,
    "image": {"repository": "registry.example.com/pintle", "digest": f"sha256:{'0' * 64}"},
    "imagePullSecrets": [{"name": "registry"}],
    "persistence": {"storageClass": "fast", "annotations": {"a": "b"}},
    "service": {"type": "LoadBalancer", "port": 8080, "annotations": {"a": "b"}},
    "serviceMonitor": {"enabled": True, "labels": {"release": "prometheus"}},
    "networkPolicy": {"adminNamespaces": ["monitoring", "operators"],
                      "extraEgress": [{"ports": [{"port": 3128}], "to": [{"ipBlock": {"cidr": "10.0.0.0/8"}}]}]},
    "podAnnotations": {"a": "b"}, "podLabels": {"team": "data"}, "priorityClassName": "high",
    "nodeSelector": {"disk": "ssd"}, "tolerations": [{"key": "a", "operator": "Exists"}],
    "affinity": {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": {
        "nodeSelectorTerms": [{"matchExpressions": [{"key": "a", "operator": "Exists"}]}]}}},
    "extraEnv": [{"name": "PINTLE_LOG_LEVEL", "value": "debug"}],
    "extraVolumes": [{"name": "tls", "secret": {"secretName": "tls"}}],
    "extraVolumeMounts": [{"name": "tls", "mountPath": "/etc/pintle-tls", "readOnly": True}],
}


def helm(*arguments):
    return subprocess.run([HELM, *arguments], capture_output=True, text=True, timeout=120)


class Chart(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="pintle-chart-")
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def template(self, values, release="pintle", chart=CHART):
        path = self.folder / "values.yaml"
        path.write_text(yaml.safe_dump(values))
        return helm("template", release, str(chart), "--namespace", "events", "--kube-version", "1.33.0",
                    "--values", str(path))

    def render(self, values, release="pintle", chart=CHART):
        done = self.template(values, release, chart)
        self.assertEqual(done.returncode, 0, done.stderr)
        return Manifests(read_objects(done.stdout))

    def test_lint_finds_nothing(self):
        for values in ({}, EXISTING, EVERYTHING):
            path = self.folder / "lint.yaml"
            path.write_text(yaml.safe_dump(values))
            done = helm("lint", "--strict", "--kube-version", "1.33.0", "--values", str(path), str(CHART))
            self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def test_what_it_renders_is_valid(self):
        cases = {
            "an existing Secret": EXISTING,
            "its own Secret": {"secrets": SECRETS},
            "everything": EVERYTHING,
            "as little as possible": EXISTING | {"networkPolicy": {"enabled": False}, "replicaCount": 1, "resources": None,
                                                 "podDisruptionBudget": {"enabled": False}},
            "an ingress": EXISTING | {"ingress": INGRESS},
            "metrics": EXISTING | {"serviceMonitor": {"enabled": True}},
            "a shared journal": SHARED | {"ingress": INGRESS, "serviceMonitor": {"enabled": True}},
            "other ports": EXISTING | {"config": {"listen": "[::]:80", "admin": {"listen": "0.0.0.0:81"}}},
        }
        for name, values in cases.items():
            with self.subTest(name):
                self.assertEqual(self.render(values).problems(values.get("existingSecret")), [])

    def test_without_credentials_it_says_which_values_to_set(self):
        done = self.template({})
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("set existingSecret, the name of a Secret with PINTLE_WRITE_KEY", done.stderr)
        self.assertIn("not both", self.template(EXISTING | {"secrets": SECRETS}).stderr)

    def test_a_wrong_value_is_reported_with_its_place(self):
        for values, place in (({"colour": "red"}, "colour"), ({"config": {"ingest": {"max_bdy": 1}}}, "/config/ingest"),
                              ({"persistence": {"size": "20 GB"}}, "/persistence/size"),
                              ({"config": {"admin": {"listen": "127.0.0.1:9090"}}}, "/config/admin/listen"),
                              ({"config": {"journal": {"backend": "kafka"}}}, "/config/journal"),
                              ({"config": {"journal": {"backend": "kafka", "kafka": {"brokers": ["kafka"]}}}},
                               "/config/journal/kafka/brokers/0")):
            with self.subTest(values):
                done = self.template(EXISTING | values)
                self.assertNotEqual(done.returncode, 0)
                self.assertIn(place, done.stderr)

    def test_by_default_the_pods_are_those_of_kustomize(self):
        ours, theirs = self.render(EXISTING), Manifests(read_objects((ROOT / "kubernetes/pintle.yaml").read_text()))
        theirs.container["envFrom"][0]["secretRef"]["name"] = "credentials"
        ours.pod["topologySpreadConstraints"] = theirs.pod["topologySpreadConstraints"]  # these differ in the labels
        self.assertEqual(ours.container.pop("imagePullPolicy"), "IfNotPresent")
        self.assertEqual(ours.pod, theirs.pod)
        for member in ("replicas", "podManagementPolicy", "volumeClaimTemplates", "persistentVolumeClaimRetentionPolicy"):
            self.assertEqual(ours.workload["spec"][member], theirs.workload["spec"][member])
        kinds = sorted(item["kind"] for item in theirs.objects if item["kind"] != "Namespace")
        self.assertEqual(sorted(item["kind"] for item in ours.objects), sorted([*kinds, "ConfigMap"]))
        for policy in ("ingress", "egress"):
            self.assertEqual(ours.of("NetworkPolicy")[0]["spec"][policy], theirs.of("NetworkPolicy")[0]["spec"][policy])

    def test_with_a_shared_journal_the_nodes_are_those_of_kustomize(self):
        ours = self.render(SHARED)
        theirs = Manifests(read_objects((ROOT / "kubernetes/cluster/pintle.yaml").read_text()))
        theirs.container["envFrom"][0]["secretRef"]["name"] = "credentials"
        ours.pod["topologySpreadConstraints"] = theirs.pod["topologySpreadConstraints"]  # these differ in the labels
        ours.container.pop("imagePullPolicy")
        self.assertEqual(ours.pod, theirs.pod)
        self.assertEqual(ours.workload["kind"], "Deployment")
        for member in ("strategy", "minReadySeconds"):
            self.assertEqual(ours.workload["spec"][member], theirs.workload["spec"][member])
        self.assertEqual(ours.of("PodDisruptionBudget")[0]["spec"]["maxUnavailable"], 1)

    def test_with_a_shared_journal_the_configuration_names_no_directory_and_the_policy_allows_the_brokers(self):
        manifests = self.render(SHARED)
        config = yaml.load(manifests.of("ConfigMap")[0]["data"]["pintle.yaml"], Loader=StrictLoader)
        self.assertEqual(config["journal"], {"max_size": "18GB"} | SHARED["config"]["journal"])
        egress = manifests.of("NetworkPolicy")[0]["spec"]["egress"]
        self.assertEqual([port["port"] for port in egress[1]["ports"]], [9092, 19092])
        self.assertEqual(len(self.render(EXISTING).of("NetworkPolicy")[0]["spec"]["egress"]), 1)

    def test_the_ingress_is_that_of_kustomize(self):
        theirs, = read_objects((ROOT / "kubernetes/ingress.yaml").read_text())
        ours, = self.render(EXISTING | {"ingress": INGRESS}).of("Ingress")
        self.assertEqual(ours["spec"], theirs["spec"])
        self.assertEqual(ours["metadata"]["annotations"], theirs["metadata"]["annotations"])

    def test_another_configuration_or_secret_replaces_the_pods_and_nothing_else_does(self):
        def annotations(values):
            return self.render(values).template["metadata"]["annotations"]
        before = annotations({"secrets": SECRETS})
        self.assertEqual(annotations({"secrets": SECRETS, "replicaCount": 5, "service": {"port": 81}}), before)
        after = annotations({"secrets": SECRETS, "config": {"log": {"level": "debug"}}})
        self.assertNotEqual(after["checksum/config"], before["checksum/config"])
        self.assertEqual(after["checksum/secrets"], before["checksum/secrets"])
        after = annotations({"secrets": SECRETS | {"PINTLE_WRITE_KEY": "other"}})
        self.assertNotEqual(after["checksum/secrets"], before["checksum/secrets"])

    def test_pintle_accepts_the_configuration(self):
        values = EXISTING | {"config": {"ingest": {"max_body": 20000000, "max_pending_per_person": 1000000},
                                        "journal": {"max_size": "40GB"}, "admin": {"redact": True}}}
        path = self.folder / "pintle.yaml"
        path.write_text(self.render(values).of("ConfigMap")[0]["data"]["pintle.yaml"])
        done = subprocess.run([PINTLE, "check-config", str(path)], capture_output=True, text=True, timeout=60,
                              env={"PATH": os.environ["PATH"]} | SECRETS)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        config = yaml.load(path.read_text(), Loader=StrictLoader)
        self.assertEqual(config["ingest"], {"drain_timeout": "20s", "max_body": 20000000,
                                            "max_pending_per_person": 1000000})

    def test_ports_and_names_follow_the_values(self):
        manifests = self.render(EXISTING | {"config": {"listen": "[::]:80", "admin": {"listen": "0.0.0.0:81"}}}, "prod")
        self.assertEqual([port["containerPort"] for port in manifests.container["ports"]], [80, 81])
        self.assertEqual(manifests.workload["metadata"]["name"], "prod-pintle")
        self.assertEqual(self.render(EVERYTHING).container["image"], f"registry.example.com/pintle@sha256:{'0' * 64}")
        long = self.render(EXISTING, release="r" * 53)
        self.assertEqual(long.problems("credentials"), [])
        for item in long.objects:
            self.assertLessEqual(len(item["metadata"]["name"]), 63)

    def test_the_notes_name_what_is_there(self):
        # `helm template` renders no notes, and `helm install` asks a cluster, so a copy of the chart has them in a ConfigMap.
        chart = Path(shutil.copytree(CHART, self.folder / "chart"))
        (chart / "templates/NOTES.txt").rename(chart / "notes.txt")
        (chart / "templates/configmap.yaml").write_text(
            'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: pintle}\ndata:\n'
            '  notes: {{ tpl (.Files.Get "notes.txt") . | toJson }}\n')
        for values, pod, workload, place in ((EXISTING, "pintle-0", "statefulset", "The volumes hold"),
                                             (SHARED, "deployment/pintle", "deployment", "are in Kafka")):
            notes = self.render(values | {"ingress": INGRESS}, chart=chart).of("ConfigMap")[0]["data"]["notes"]
            self.assertIn("http://pintle.events:80, and from outside at events.example.com.", notes)
            self.assertIn(f"port-forward {pod} 9090:9090\n", notes)
            self.assertIn(f"exec {pod} -- pintle status", notes)
            self.assertIn(f"rollout restart {workload} pintle\n", notes)
            self.assertIn(place, notes)
            self.assertEqual(re.findall(r"<no value>|%!|\{\{", notes), [])


if __name__ == "__main__":
    if HELM is None:
        print("skipped: there is no helm; `./dev chart` installs it")
        sys.exit(77)
    unittest.main(verbosity=2)
