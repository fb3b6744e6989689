"""Reads Kubernetes manifests strictly, and checks what the API server or a running cluster would find."""

import json
from pathlib import Path

import jsonschema
import yaml

ROOT = Path(__file__).resolve().parents[2]
SCHEMAS = json.loads((ROOT / "tests/data/kubernetes/schemas.json").read_text())


class StrictLoader(yaml.SafeLoader):
    """Rejects a key that a map has twice; PyYAML takes the last one."""

    def construct_mapping(self, node, deep=False):
        keys = [self.construct_object(key, deep=True) for key, _ in node.value if key.tag != "tag:yaml.org,2002:merge"]
        repeated = {key for key in keys if keys.count(key) > 1}
        if repeated:
            raise yaml.constructor.ConstructorError(None, None, f"repeated keys {repeated}", node.start_mark)
        return super().construct_mapping(node, deep)


def read_objects(text):
    return [item for item in yaml.load_all(text, Loader=StrictLoader) if item is not None]


def schema_problems(item):
    kind = item.get("kind")
    if kind not in SCHEMAS["kinds"]:
        return [f"no schema of the kind {kind}"]
    schema = {"$ref": SCHEMAS["kinds"][kind], "definitions": SCHEMAS["definitions"]}
    return [f"{kind} {'.'.join(map(str, error.absolute_path))}: {error.message}"
            for error in jsonschema.Draft7Validator(schema).iter_errors(item)]


def selects(selector, labels):
    return bool(selector) and selector.items() <= labels.items()


class Manifests:
    """The objects of one application: a StatefulSet or a Deployment, and what belongs to it."""

    def __init__(self, objects):
        self.objects = objects
        self.workload, = self.of("StatefulSet") + self.of("Deployment")
        self.template = self.workload["spec"]["template"]
        self.pod = self.template["spec"]
        self.container, = self.pod["containers"]

    def of(self, kind):
        return [item for item in self.objects if item["kind"] == kind]

    def named(self, kind, name):
        return next((item for item in self.of(kind) if item["metadata"]["name"] == name), None)

    def problems(self, existing_secret=None):
        """What is wrong, one line each. A Secret of the name `existing_secret` is in the cluster."""
        found = [problem for item in self.objects for problem in schema_problems(item)]
        keys = [(item["kind"], item["metadata"].get("namespace"), item["metadata"]["name"]) for item in self.objects]
        found += [f"{key} is there twice" for key in set(keys) if keys.count(key) > 1]
        if len({namespace for kind, namespace, _ in keys if kind != "Namespace"}) != 1:
            found.append(f"the objects are in several namespaces: {keys}")
        return found + [*self.selector_problems(), *self.reference_problems(existing_secret), *self.port_problems()]

    def selector_problems(self):
        labels = self.template["metadata"]["labels"]
        if not selects(self.workload["spec"]["selector"]["matchLabels"], labels):
            yield f"the {self.workload['kind']} does not select its pods"
        for service in self.of("Service"):
            if not selects(service["spec"]["selector"], labels):
                yield f"the Service {service['metadata']['name']} does not select the pods"
        for kind, member in (("PodDisruptionBudget", "selector"), ("NetworkPolicy", "podSelector")):
            for item in self.of(kind):
                if not selects(item["spec"][member]["matchLabels"], labels):
                    yield f"the {kind} does not select the pods"
        for constraint in self.pod["topologySpreadConstraints"]:
            if not selects(constraint["labelSelector"]["matchLabels"], labels):
                yield "a topology spread constraint does not select the pods"

    def reference_problems(self, existing_secret):
        spec = self.workload["spec"]
        if self.workload["kind"] == "StatefulSet":
            headless = self.named("Service", spec["serviceName"])
            if headless is None or headless["spec"].get("clusterIP") != "None":
                yield f"{spec['serviceName']} is no headless Service"
        volumes = {volume["name"]: volume for volume in self.pod["volumes"]}
        claims = {claim["metadata"]["name"] for claim in spec.get("volumeClaimTemplates", [])}
        mounts = {mount["name"] for mount in self.container["volumeMounts"]}
        if mounts != set(volumes) | claims:
            yield f"the mounts {mounts} are not the volumes {set(volumes) | claims}"
        for volume in volumes.values():
            if "configMap" in volume and not self.named("ConfigMap", volume["configMap"]["name"]):
                yield f"there is no ConfigMap {volume['configMap']['name']}"
        for source in self.container["envFrom"]:
            name = source["secretRef"]["name"]
            if name != existing_secret and not self.named("Secret", name):
                yield f"there is no Secret {name}"
        for monitor in self.of("ServiceMonitor"):
            name = monitor["spec"]["endpoints"][0]["authorization"]["credentials"]["name"]
            if name != existing_secret and not self.named("Secret", name):
                yield f"the ServiceMonitor's Secret {name} is not there"

    def port_problems(self):
        ports = {port["name"] for port in self.container["ports"]}
        for name in ("startupProbe", "livenessProbe", "readinessProbe"):
            if self.container[name]["httpGet"]["port"] not in ports:
                yield f"{name} asks no port of the container"
        for service in self.of("Service"):
            for port in service["spec"]["ports"]:
                if port["targetPort"] not in ports:
                    yield f"the Service {service['metadata']['name']} sends to no port of the container"
        for policy in self.of("NetworkPolicy"):
            for rule in policy["spec"]["ingress"]:
                if not {port["port"] for port in rule["ports"]} <= ports:
                    yield "the NetworkPolicy allows a port that the container has not"
        for ingress in self.of("Ingress"):
            for rule in ingress["spec"]["rules"]:
                for path in rule["http"]["paths"]:
                    backend = path["backend"]["service"]
                    service = self.named("Service", backend["name"])
                    if not service or backend["port"]["name"] not in {p["name"] for p in service["spec"]["ports"]}:
                        yield f"the Ingress sends to no port of a Service: {backend}"
        for monitor in self.of("ServiceMonitor"):
            selected = [service for service in self.of("Service")
                        if selects(monitor["spec"]["selector"]["matchLabels"], service["metadata"].get("labels", {}))]
            names = [port["name"] for service in selected for port in service["spec"]["ports"]]
            if names != [endpoint["port"] for endpoint in monitor["spec"]["endpoints"]]:
                yield f"the ServiceMonitor reads the ports {names}"
