"""Cuts GitHub's OpenAPI description to the operations that the bot uses.

Usage: install the npm package `@octokit/openapi@23.0.2` somewhere, then
    python tests/bot/github/cut.py .../node_modules/@octokit/openapi
writes `description.json` and `LICENSE` beside this file. Nothing is invented: references
are resolved, prose is dropped, `nullable` becomes a type as JSON Schema knows it, and
objects that list their properties take no others.
"""

import json
import sys
from pathlib import Path

SOURCE = "@octokit/openapi 23.0.2, generated/api.github.com.json"
OPERATIONS = [
    ("/user", "get"),
    ("/repos/{owner}/{repo}", "get"),
    ("/repos/{owner}/{repo}/issues", "get"),
    ("/repos/{owner}/{repo}/issues", "post"),
    ("/repos/{owner}/{repo}/issues/{issue_number}", "get"),
    ("/repos/{owner}/{repo}/issues/{issue_number}", "patch"),
    ("/repos/{owner}/{repo}/issues/{issue_number}/comments", "get"),
    ("/repos/{owner}/{repo}/issues/{issue_number}/comments", "post"),
    ("/repos/{owner}/{repo}/issues/comments/{comment_id}", "patch"),
    ("/repos/{owner}/{repo}/issues/comments/{comment_id}", "delete"),
    ("/repos/{owner}/{repo}/pulls", "get"),
    ("/repos/{owner}/{repo}/pulls/{pull_number}", "get"),
    ("/repos/{owner}/{repo}/pulls/{pull_number}/files", "get"),
    ("/repos/{owner}/{repo}/pulls/{pull_number}/comments", "get"),
    ("/repos/{owner}/{repo}/pulls/{pull_number}/reviews", "post"),
    ("/repos/{owner}/{repo}/check-runs", "post"),
    ("/repos/{owner}/{repo}/check-runs/{check_run_id}", "patch"),
    ("/repos/{owner}/{repo}/commits/{ref}/check-runs", "get"),
    ("/repos/{owner}/{repo}/commits/{commit_sha}/pulls", "get"),
    ("/repos/{owner}/{repo}/contents/{path}", "get"),
    ("/repos/{owner}/{repo}/actions/runs/{run_id}", "get"),
    ("/repos/{owner}/{repo}/actions/runs/{run_id}/artifacts", "get"),
    ("/repos/{owner}/{repo}/actions/artifacts/{artifact_id}/{archive_format}", "get"),
    ("/repos/{owner}/{repo}/actions/workflows/{workflow_id}/runs", "get"),
    ("/repos/{owner}/{repo}/commits", "get"),
    ("/repos/{owner}/{repo}/compare/{basehead}", "get"),
    ("/repos/{owner}/{repo}/git/commits/{commit_sha}", "get"),
]
PROSE = {"description", "summary", "externalDocs", "x-github", "deprecated", "example", "examples"}


def main(package: Path) -> None:
    whole = json.loads((package / "generated/api.github.com.json").read_bytes())
    operations = []
    for path, method in OPERATIONS:
        operation = whole["paths"][path][method]
        shared = whole["paths"][path].get("parameters", [])
        operations.append(
            {
                "path": path,
                "method": method.upper(),
                "parameters": [parameter(whole, p) for p in [*shared, *operation["parameters"]]],
                "body": body(whole, operation),
                "answers": answers(whole, operation),
            }
        )
    here = Path(__file__).parent
    text = json.dumps({"source": SOURCE, "operations": operations}, indent=1, sort_keys=True)
    (here / "description.json").write_text(text + "\n")
    (here / "LICENSE").write_bytes((package / "LICENSE").read_bytes())


def resolve(whole, node):
    while "$ref" in node:
        target = whole
        for part in node["$ref"].removeprefix("#/").split("/"):
            target = target[part]
        node = target
    return node


def parameter(whole, node):
    node = resolve(whole, node)
    return {
        "name": node["name"],
        "in": node["in"],
        "required": node.get("required", False),
        "schema": schema(whole, node["schema"]),
    }


def body(whole, operation):
    if "requestBody" not in operation:
        return None
    return schema(
        whole, resolve(whole, operation["requestBody"])["content"]["application/json"]["schema"]
    )


def answers(whole, operation):
    """The first example of every status, as GitHub gives it."""
    found: dict[str, object] = {}
    for status, node in operation["responses"].items():
        for content in resolve(whole, node).get("content", {}).values():
            examples = content.get("examples", {})
            for example in list(examples.values())[:1]:
                found.setdefault(status, resolve(whole, example).get("value"))
    return found


def schema(whole, node):
    """JSON Schema out of OpenAPI 3.0, closed against unknown keys."""
    node = resolve(whole, node)
    out: dict[str, object] = {}
    for key, value in node.items():
        if key in PROSE or key == "nullable":
            continue
        if key == "properties":
            out[key] = {name: schema(whole, one) for name, one in value.items()}
        elif key in {"oneOf", "anyOf", "allOf"}:
            out[key] = [schema(whole, one) for one in value]
        elif key in {"items", "not"} or (key == "additionalProperties" and isinstance(value, dict)):
            out[key] = schema(whole, value)
        else:
            out[key] = value
    if "properties" in out and "additionalProperties" not in out and "discriminator" not in out:
        out["additionalProperties"] = False
    out.pop("discriminator", None)
    if node.get("nullable"):
        return {"anyOf": [out, {"type": "null"}]}
    return out


if __name__ == "__main__":
    main(Path(sys.argv[1]))
