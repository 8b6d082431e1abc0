"""The list of what the image is made of (`make sbom`), for those who watch for flaws in it."""

import json
import re
import subprocess

from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

from tests.fortress import ROOT

SCHEMA = JsonStrictValidator(SchemaVersion.V1_6)


def test_the_list_is_what_is_locked(tmp_path):
    """It is valid CycloneDX, and names exactly the packages and versions that the image gets."""
    file = tmp_path / "sbom.json"
    subprocess.run(["make", "--silent", "sbom", f"SBOM={file}"], cwd=ROOT, check=True)
    written = json.loads(file.read_text())

    assert SCHEMA.validate_str(file.read_text()) is None
    locked = re.findall(
        r"(?m)^([\w.-]+)(?:\[.*\])?==(\S+)", (ROOT / "requirements/run.txt").read_text()
    )
    assert sorted((one["name"], one["version"]) for one in written["components"]) == sorted(locked)
    assert written["metadata"]["component"]["name"] == "userhub"
    assert "timestamp" not in written["metadata"]  # the same lock gives the same list
    del written["specVersion"]
    assert SCHEMA.validate_str(json.dumps(written)) is not None
