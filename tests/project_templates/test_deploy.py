"""The manifests and units of `deploy`: against the schemas, a policy linter and systemd, and run by hand."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
from collections.abc import Callable, Iterator
from itertools import combinations, product
from pathlib import Path, PurePosixPath
from typing import Any

import pytest
import uv
from ruamel.yaml import YAML

from tests.project_templates.rendering import render_project
from tests.project_templates.series import NEWEST, any_python_of
from tests.project_templates.served import free_port
from tests.project_templates.subsets import Files, PythonFor, closed, write_tree
from tests.project_templates.test_docker import DOCKERFILE, NO_DATABASE, checker, serving
from tests.project_templates.test_resources import PHOTO, render

Manifest = dict[str, Any]
Tool = Callable[..., subprocess.CompletedProcess[str]]

KUSTOMIZATION, GUIDE = PurePosixPath("kubernetes/kustomization.yaml"), PurePosixPath("docs/deploy.md")
DATABASES = (NO_DATABASE, "sqlite", "postgresql", "mysql")
each_database = pytest.mark.parametrize("database", DATABASES)
HOME = "/opt/my-shop"
WORST_EXPOSURE = 2.0
"""systemd-analyze calls up to 4 OK, and a service without a sandbox 9.6."""
ACCEPTED = {
    "CKV_K8S_15": "a tag is never used twice, so an image that is there need not be pulled",
    "CKV_K8S_35": "the application reads its settings from the environment",
    "CKV_K8S_43": "the image is the user's own, by a tag that the guide has them set",
}

UNPROBED = dict.fromkeys(
    ("CKV_K8S_8", "CKV_K8S_9"), "no request reaches a worker, which ends if its queue is away for long"
)


def tree_of(target: str, database: str = NO_DATABASE, *more: str, name: str = "my-shop") -> Files:
    extensions = ["deploy", *more] + ["sqlalchemy"] * (database != NO_DATABASE)
    options = () if database == NO_DATABASE else (f"sqlalchemy.database={database}",)
    return render_project(closed(extensions), name=name, options=(*options, f"deploy.target={target}"))


def manifests_of(tree: Files) -> list[Manifest]:
    """Return the files that the kustomization names."""
    reader = YAML(typ="safe")
    named = reader.load(str(tree[KUSTOMIZATION]))["resources"]
    files = {path.name: content for path, content in tree.items() if path.parent == KUSTOMIZATION.parent}
    assert sorted(named) == sorted(files.keys() - {KUSTOMIZATION.name})
    return [one for name in named for one in reader.load_all(str(files[name]))]


def of_kind(manifests: list[Manifest], *kinds: str) -> list[Manifest]:
    return [one for one in manifests if one["kind"] in kinds]


def named(manifests: list[Manifest], deployment: str) -> Manifest:
    [found] = [one for one in of_kind(manifests, "Deployment") if one["metadata"]["name"] == deployment]
    return found


def components(manifests: list[Manifest]) -> set[str]:
    return {one["metadata"]["labels"]["app.kubernetes.io/component"] for one in manifests}


@each_database
def test_every_container_is_confined_measured_and_gets_its_secrets_from_outside(database: str):
    manifests = manifests_of(tree_of("kubernetes", database, "redis", "mail", "jobs"))
    assert not of_kind(manifests, "Secret")
    for workload in of_kind(manifests, "Deployment", "Job"):
        pod = workload["spec"]["template"]["spec"]
        assert pod["automountServiceAccountToken"] is False
        assert pod["securityContext"]["runAsNonRoot"] is True
        assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
        volumes = {volume["name"] for volume in pod["volumes"]}
        for container in pod["containers"] + pod.get("initContainers", []):
            assert container["securityContext"] == {
                "allowPrivilegeEscalation": False,
                "readOnlyRootFilesystem": True,
                "capabilities": {"drop": ["ALL"]},
            }
            assert all(
                container["resources"][of].keys() == {"cpu", "memory"} for of in ("requests", "limits")
            )
            assert {"secretRef": {"name": "secrets"}} in container["envFrom"]
            mounts = {mount["mountPath"]: mount["name"] for mount in container["volumeMounts"]}
            assert mounts.keys() == {"/tmp", "/app/instance"}
            assert set(mounts.values()) <= volumes


@pytest.mark.parametrize(("database", "access"), [("sqlite", "ReadWriteOnce"), ("mysql", "ReadWriteMany")])
def test_uploaded_files_are_in_a_volume_of_all_pods(database: str, access: str):
    options = (f"sqlalchemy.database={database}", "deploy.target=kubernetes")
    extensions = ("deploy", "jobs", "sqlalchemy", "wtf")
    manifests = manifests_of(render(PHOTO, extensions=extensions, options=options))
    claims = {one["metadata"]["name"]: one for one in of_kind(manifests, "PersistentVolumeClaim")}
    assert claims["uploads"]["spec"]["accessModes"] == [access]
    for deployment in ("web", "worker", "schedule"):
        pod = named(manifests, deployment)["spec"]["template"]["spec"]
        assert {"name": "uploads", "persistentVolumeClaim": {"claimName": "uploads"}} in pod["volumes"]
        mounts = [mount for mount in pod["containers"][0]["volumeMounts"] if mount["name"] == "uploads"]
        assert mounts == [{"name": "uploads", "mountPath": "/app/instance/uploads"}]


def test_the_ingress_takes_requests_as_large_as_the_application_does():
    options = ("deploy.target=kubernetes",)
    tree = render(PHOTO, extensions=("deploy", "sqlalchemy", "wtf"), options=options)
    [ingress] = of_kind(manifests_of(tree), "Ingress")
    limit = ingress["metadata"]["annotations"]["nginx.ingress.kubernetes.io/proxy-body-size"]
    config = str(tree[PurePosixPath("my_shop/config.py")])
    assert f'"MAX_CONTENT_LENGTH": {limit.removesuffix("m")} * 1024 * 1024,' in config


def test_the_directory_of_uploaded_files_is_there_before_one_is_and_in_the_guide_of_a_host():
    tree = render(PHOTO, extensions=("deploy", "sqlalchemy", "wtf"), options=("deploy.target=systemd",))
    sandbox = str(tree[PurePosixPath("systemd/my-shop-.service.d/all.conf")])
    assert "\nStateDirectory=my-shop\nStateDirectory=my-shop/uploads\n" in sandbox
    guide = str(tree[GUIDE])
    assert "\nUPLOAD_FOLDER=/var/lib/my-shop/uploads\n" in guide
    assert "tar --create --directory /var/lib/my-shop/uploads ." in guide


@each_database
def test_the_image_of_docker_has_what_the_manifests_expect(database: str):
    tree = tree_of("kubernetes", database, "docker")
    image = str(tree[DOCKERFILE])
    [web] = of_kind(manifests_of(tree), "Deployment")
    pod = web["spec"]["template"]["spec"]
    [container] = pod["containers"]
    assert f"USER {pod['securityContext']['runAsUser']}\n" in image
    assert f"EXPOSE {container['ports'][0]['containerPort']}\n" in image
    assert "VOLUME /app/instance\n" in image
    client = {"postgresql": "postgresql-client", "mysql": "mariadb-client"}.get(database)
    assert re.findall(r"(\S+-client)", image) == ([client] if client else [])


@each_database
def test_what_is_selected_is_there(database: str):
    manifests = manifests_of(tree_of("kubernetes", database, "jobs"))
    workloads = of_kind(manifests, "Deployment", "Job")
    pods = [one["spec"]["template"]["metadata"]["labels"] for one in workloads]
    for deployment in of_kind(manifests, "Deployment"):
        assert deployment["spec"]["selector"]["matchLabels"] in pods
    for one in of_kind(manifests, "Service", "PodDisruptionBudget", "NetworkPolicy"):
        selector = one["spec"].get("selector") or one["spec"]["podSelector"]
        assert selector.get("matchLabels", selector) in [*pods, {}]
    [service], [ingress] = of_kind(manifests, "Service"), of_kind(manifests, "Ingress")
    backend = ingress["spec"]["rules"][0]["http"]["paths"][0]["backend"]["service"]
    assert backend == {
        "name": service["metadata"]["name"],
        "port": {"name": service["spec"]["ports"][0]["name"]},
    }


def test_the_probes_request_what_the_application_has():
    tree = tree_of("kubernetes")
    [web] = of_kind(manifests_of(tree), "Deployment")
    [container] = web["spec"]["template"]["spec"]["containers"]
    kinds = ("startupProbe", "livenessProbe", "readinessProbe")
    paths = [container[kind]["httpGet"]["path"] for kind in kinds]
    assert paths == ["/healthz", "/healthz", "/readyz"]
    assert set(paths) == set(
        re.findall(r'@bp.route\("(\S+)"\)', str(tree[PurePosixPath("my_shop/health.py")]))
    )


def test_pods_reach_the_services_that_the_project_uses_and_no_other():
    ports = {"postgresql": {5432}, "mysql": {3306}, "redis": {6379}, "jobs": {6379}, "mail": {25, 465, 587}}
    others = [some for size in range(4) for some in combinations(("redis", "jobs", "mail"), size)]
    for database, more in product(DATABASES, others):
        policies = of_kind(manifests_of(tree_of("kubernetes", database, *more)), "NetworkPolicy")
        [everything] = [one["spec"] for one in policies if one["spec"]["podSelector"] == {}]
        assert everything["policyTypes"] == ["Ingress", "Egress"]
        assert "ingress" not in everything
        allowed = [port["port"] for rule in everything["egress"] for port in rule["ports"]]
        assert {53}.union(*(ports.get(name, ()) for name in (database, *more))) == set(allowed)
        assert len(allowed) == len(set(allowed)) + 1  # DNS, with UDP and TCP


@each_database
def test_tables_change_before_the_pods_and_one_pod_has_the_file_of_sqlite(database: str):
    tree = tree_of("kubernetes", database, "jobs")
    manifests = manifests_of(tree)
    web = named(manifests, "web")
    deployments = of_kind(manifests, "Deployment")
    pods = {one["metadata"]["name"]: one["spec"]["template"]["spec"] for one in deployments}
    assert {name: [one.get("args") for one in pod["containers"]] for name, pod in pods.items()} == {
        "web": [None],
        "worker": [["flask", "jobs", "worker"]],
        "schedule": [["flask", "jobs", "schedule"]],
    }
    for name, pod in pods.items():
        [instance] = [volume for volume in pod["volumes"] if volume["name"] == "instance"]
        assert ("persistentVolumeClaim" in instance) == (database == "sqlite")
        assert ("affinity" in pod) == (database == "sqlite" and name != "web")
    jobs = of_kind(manifests, "Job")
    before = web["spec"]["template"]["spec"].get("initContainers", [])
    is_file = database == "sqlite"
    assert (web["spec"].get("replicas"), web["spec"]["strategy"].get("type")) == (
        (1, "Recreate") if is_file else (None, None)
    )
    assert len(of_kind(manifests, "PersistentVolumeClaim")) == is_file
    scaling = of_kind(manifests, "HorizontalPodAutoscaler", "PodDisruptionBudget")
    assert len(scaling) == (0 if is_file else 2)
    assert (len(jobs), len(before)) == (database in ("postgresql", "mysql"), is_file)
    for container in before + [one["spec"]["template"]["spec"]["containers"][0] for one in jobs]:
        assert container["args"] == ["flask", "init-db"]
    excluded = re.findall(r"component notin \((.+)\)", str(tree[GUIDE]))
    if jobs:
        first, later = excluded  # the first time, and for each release
        assert first == later
        assert components(of_kind(manifests, "Deployment")) <= set(first.split(", "))
        assert "migrate" not in first
    else:
        assert not excluded


@pytest.mark.parametrize("target", ["kubernetes", "systemd"])
@each_database
def test_the_guide_sets_settings_that_there_are(target: str, database: str):
    tree = tree_of(target, database, "redis", "mail", "jobs")
    example = str(tree[PurePosixPath(".env.example")])
    block = str(tree[GUIDE]).partition("```sh\n")[2].partition("```")[0]
    named = re.findall(r"^([A-Z_]+)=", block, re.MULTILINE)
    if target == "kubernetes":
        named += [text.partition("=")[0] for text in re.findall(r"- (\S+=\S+)", str(tree[KUSTOMIZATION]))]
    assert {"SECRET_KEY", "TRUSTED_HOSTS", "MAIL_SERVER", "REDIS_URL", "JOBS_URL"} <= set(named)
    assert len(named) == len(set(named))
    for name in named:
        assert re.search(rf"^(# )?{name}=", example, re.MULTILINE), name


@pytest.mark.parametrize("name", ["a", "My_Shop", "x" * 62 + "-b", "long-" * 19 + "shop"])
def test_a_name_of_any_form_makes_valid_names_in_a_cluster_and_on_a_host(name: str):
    tree = tree_of("kubernetes", "postgresql", name=name)
    [namespace] = of_kind(manifests_of(tree), "Namespace")
    label = namespace["metadata"]["name"]
    assert re.fullmatch(r"[a-z]([-a-z0-9]*[a-z0-9])?", label)
    assert len(label) <= 63
    assert f"--namespace {label}\n" in str(tree[GUIDE])
    units = [path for path in tree_of("systemd", name=name) if path.parts[0] == "systemd"]
    [shared] = [path for path in units if path.suffix == ".conf"]
    [user] = re.findall(r"^User=(.+)$", str(tree_of("systemd", name=name)[shared]), re.MULTILINE)
    assert re.fullmatch(r"[a-z_][a-z0-9_-]{0,30}", user)
    prefix = shared.parent.name.removesuffix(".service.d")
    assert all(path.name.startswith(prefix) for path in units if path != shared)


@pytest.fixture
def kustomized(tmp_path: Path) -> Callable[[Files], Path]:
    """Build manifests as the cluster gets them; without kubectl, the test is skipped."""
    kubectl = checker("kubectl", "kustomize")

    def build(tree: Files) -> Path:
        folder = write_tree(tmp_path / f"project-{len(list(tmp_path.iterdir()))}", tree)
        done = kubectl(folder / "kubernetes")
        assert done.returncode == 0, done.stderr
        (folder / "built.yaml").write_text(done.stdout)
        return folder / "built.yaml"

    return build


def test_kustomize_sets_the_image_and_the_namespace_and_rolls_out_new_settings(
    kustomized: Callable[[Files], Path],
):
    tree = dict(tree_of("kubernetes", "postgresql"))
    text = kustomized(tree).read_text()
    assert text.count("image: registry.example.com/my-shop:1\n") == 2
    assert "image: my-shop\n" not in text
    assert text.count("namespace: my-shop\n") == text.count("\nkind: ") - 1  # all but itself
    names = set(re.findall(r"name: (settings-\w+)\n", text))
    assert len(names) == 1
    tree[KUSTOMIZATION] = str(tree[KUSTOMIZATION]).replace("PROXY_HOPS=1", "PROXY_HOPS=2")
    assert set(re.findall(r"name: (settings-\w+)\n", kustomized(tree).read_text())).isdisjoint(names)


@pytest.fixture
def run_tool(shared_cache: Path) -> Tool:
    """Run a program of a package in an environment of its own; where it cannot be made, skip the test."""

    def run(package: str, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
        options = ["--no-config", "--cache-dir", str(shared_cache / "uv"), "--quiet"]
        command = [uv.find_uv_bin(), "tool", "run", *options, package]
        there = subprocess.run([*command, "--version"], capture_output=True, text=True, check=False)
        if there.returncode:
            pytest.skip(f"{package} cannot be installed: {there.stderr.strip()[-200:]}")
        return subprocess.run([*command, *arguments], capture_output=True, text=True, check=False)

    return run


def all_built(kustomized: Callable[[Files], Path]) -> Iterator[Path]:
    for database in DATABASES:
        yield kustomized(tree_of("kubernetes", database, "redis", "mail", "jobs"))


@pytest.mark.e2e
def test_every_manifest_is_as_the_schemas_of_kubernetes_say(
    kustomized: Callable[[Files], Path], run_tool: Tool
):
    built = list(all_built(kustomized))
    done = run_tool("kubernetes-validate", "--strict", *built)
    assert done.returncode == 0, done.stdout + done.stderr
    wrong = built[0].with_name("wrong.yaml")
    wrong.write_text(built[0].read_text().replace("readinessProbe:", "readyProbe:"))
    done = run_tool("kubernetes-validate", "--strict", wrong)
    assert done.returncode == 1
    assert "readyProbe" in done.stdout + done.stderr


@pytest.mark.e2e
@pytest.mark.slow  # it takes a minute and a half
def test_checkov_finds_nothing_but_what_is_accepted(kustomized: Callable[[Files], Path], run_tool: Tool):
    options = ["--framework", "kubernetes", "--compact", "--quiet", "--skip-download", "--file"]
    for built in all_built(kustomized):
        done = run_tool("checkov", *options, built)
        found = re.findall(r"Check: (\w+):.*\n\tFAILED for resource: \w+\.my-shop\.(\w+)", done.stdout)
        assert len(found) == done.stdout.count("Check: ")
        of_web = {check for check, name in found if name == "web"}
        of_others = {check for check, name in found if name != "web"}
        assert of_web == ACCEPTED.keys(), done.stdout + done.stderr
        assert of_others <= ACCEPTED.keys() | UNPROBED.keys(), done.stdout
    built.write_text(
        built.read_text().replace("readOnlyRootFilesystem: true", "readOnlyRootFilesystem: false")
    )
    assert "CKV_K8S_22" in run_tool("checkov", *options, built).stdout


@pytest.fixture
def host(tmp_path: Path) -> Callable[[Files], Path]:
    """Lay out a project and its units as on a host; without systemd-analyze, the test is skipped."""
    checker("systemd-analyze")

    def lay_out(tree: Files) -> Path:
        folder = write_tree(tmp_path / "host", tree)
        for program in ("gunicorn", "flask"):
            stub = folder / ".venv/bin" / program
            stub.parent.mkdir(parents=True, exist_ok=True)
            stub.write_text("#!/bin/sh\n")
            stub.chmod(0o755)
        for path in (folder / "systemd").rglob("*.*"):
            if path.is_file():
                path.write_text(path.read_text().replace(HOME, str(folder)))
        return folder / "systemd"

    return lay_out


@each_database
def test_systemd_finds_no_fault_in_the_units_and_each_is_in_a_sandbox(
    database: str, host: Callable[[Files], Path]
):
    folder = host(tree_of("systemd", database, "jobs"))
    units = sorted(folder.glob("*.service"))
    assert [unit.name for unit in units] == [
        *["my-shop-migrate.service"] * (database != NO_DATABASE),
        "my-shop-schedule.service",
        "my-shop-web.service",
        "my-shop-worker@.service",
    ]
    done = checker("systemd-analyze", "verify")(*units)
    assert (done.returncode, done.stderr) == (0, "")
    for unit in units:
        threshold = f"--threshold={int(WORST_EXPOSURE * 10)}"
        done = checker("systemd-analyze", "security", "--offline=true", "--no-pager", threshold)(unit)
        assert done.returncode == 0, done.stdout + done.stderr
        assert float(re.findall(r"exposure level for \S+: ([\d.]+)", done.stdout)[0]) <= WORST_EXPOSURE
    wrong = folder / "my-shop-web.service"
    wrong.write_text(wrong.read_text().replace("KillMode=mixed", "KillMod=mixed"))
    assert "KillMod" in checker("systemd-analyze", "verify")(wrong).stderr
    shutil.rmtree(folder / "my-shop-.service.d")
    done = checker("systemd-analyze", "security", "--offline=true", "--no-pager", threshold)(wrong)
    assert done.returncode == 1


def test_a_host_starts_the_application_whatever_its_tables_are_and_a_release_changes_them_first():
    """Revisions that a release does not have, or a database that is away, do not keep it from starting."""
    tree = tree_of("systemd", "postgresql", "migrate")
    assert "migrate" not in str(tree[PurePosixPath("systemd/my-shop-web.service")])
    guide = str(tree[PurePosixPath("docs/deploy.md")])
    units = re.findall(r"systemctl (?:start|enable --now|reload) my-shop-(migrate|web)$", guide, re.MULTILINE)
    assert units == ["migrate", "web", "migrate", "web", "web"]  # the last: a roll-back


@pytest.mark.e2e
def test_the_commands_of_the_units_make_the_tables_and_serve_the_application(
    python_for: PythonFor, tmp_path: Path
):
    python = python_for(NEWEST, any_python_of(NEWEST))
    tree = tree_of("systemd", "sqlite", "migrate", "login")
    project = write_tree(tmp_path / "project", tree)
    port = free_port()
    settings = {
        "PATH": f"{python.parent}:{os.environ['PATH']}",
        "PORT": str(port),
        "SECRET_KEY": "0123456789-abcdefghij-KLMNOP",
        "TRUSTED_HOSTS": "localhost",
        "DATABASE_URL": f"sqlite:///{tmp_path}/data.sqlite3",
        "FLASK_APP": "my_shop",
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    commands = {
        unit.name: re.findall(r"^ExecStart=(.+)$", unit.read_text(), re.MULTILINE)[0]
        for unit in (project / "systemd").glob("*.service")
    }
    migrate, web = (
        shlex.split(commands[f"my-shop-{unit}.service"].replace(f"{HOME}/.venv/bin", str(python.parent)))
        for unit in ("migrate", "web")
    )
    subprocess.run(migrate, cwd=project, env=settings, check=True)
    request = (
        "import os, urllib.request\n"
        "urllib.request.urlopen(f'http://127.0.0.1:{os.environ[\"PORT\"]}/readyz', timeout=4)\n"
    )
    with serving(project, web, settings, tmp_path / "log", check=["python", "-c", request]):
        pass
