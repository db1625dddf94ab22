"""/api/2.0/fs: files and directories of volumes, streamed both ways, and what signed links are asked for with.

Paths, members and statuses are those of databricks-sdk (`service/files.py`, `mixins/files.py` of 0.156).
"""

from __future__ import annotations

import secrets

from aiohttp import web
from pydantic import Field

from portal.sandbox import errors, paging
from portal.sandbox.routing import Body, Call, Flag, Json, Query, Route, delete, get, post, put, table
from portal.sandbox.volumes import links
from portal.sandbox.volumes.places import checked, missing, of_path, store
from portal.sandbox.volumes.store import Upload
from portal.sandbox.world import World

CHUNK = 256 * 1024
PAGE = 1000


class Put(Query):
    overwrite: Flag = True


class Listed(Query):
    page_size: int = Field(PAGE, ge=1)
    page_token: str | None = None


class Action(Query):
    action: str
    overwrite: Flag = True
    upload_type: str = "multipart"
    session_token: str = ""


class Part(Body):
    part_number: int
    etag: str


class Completed(Body):
    parts: list[Part] = Field(default_factory=list)


class PartUrls(Body):
    path: str
    session_token: str
    start_part_number: int = Field(ge=1, le=10_000)
    count: int = Field(ge=1, le=1_000)


class AbortUrl(Body):
    path: str
    session_token: str


class DownloadUrl(Query):
    path: str
    expire_time: str = ""


def routes(world: World) -> list[Route]:
    return table(
        "/api/2.0/fs",
        get("/files/{path:.+}", read),
        put("/files/{path:.+}", write, 204),
        delete("/files/{path:.+}", remove),
        post("/files/{path:.+}", act),
        get("/directories/{path:.+}", listed),
        put("/directories/{path:.+}", make),
        delete("/directories/{path:.+}", remove_directory),
        post("/create-upload-part-urls", part_urls),
        post("/create-abort-upload-url", abort_url),
        post("/create-download-url", download_url),
    )


async def read(call: Call) -> web.StreamResponse:
    """With Range and If-Unmodified-Since, as aiohttp answers them of a file. A HEAD gets the same without a body."""
    return links.sent(store(call), of_path(call, "READ_VOLUME"))


async def write(call: Call) -> None:
    files, path = store(call), of_path(call, "WRITE_VOLUME")
    files.free(path, call.query(Put).overwrite)
    blob, size, _ = await files.written(call.request.content.iter_chunked(CHUNK))
    files.put(path, blob, size)


async def remove(call: Call) -> None:
    files, path = store(call), of_path(call, "WRITE_VOLUME")
    found = files.files.pop(path, None)
    if found is None:
        raise missing(path)
    found.blob.unlink(missing_ok=True)
    files.folders.add(path.rpartition("/")[0])


async def act(call: Call[Completed]) -> Json:
    """`initiate-upload` and `complete-upload`."""
    files, path, asked = store(call), of_path(call, "WRITE_VOLUME"), call.query(Action)
    if asked.action == "initiate-upload":
        files.free(path, asked.overwrite)
        token = secrets.token_urlsafe(24)
        files.uploads[token] = Upload(path, asked.overwrite, call.person.key)
        return {"multipart_upload": {"session_token": token}}
    if asked.action != "complete-upload" or asked.upload_type != "multipart":
        raise errors.invalid_parameter(f"Unsupported action: {asked.action}.")
    upload = _upload(call, path, asked.session_token)
    given = sorted((part.part_number, part.etag) for part in call.asked.parts)
    held = [(number, part.etag) for number, part in sorted(upload.parts.items())]
    if not given or given != held or upload.whole is None or upload.joined != len(given):
        raise errors.invalid_parameter("One or more of the specified parts could not be found.")
    files.free(path, upload.overwrite)
    del files.uploads[asked.session_token]
    files.put(path, upload.whole, sum(part.size for part in upload.parts.values()))
    return {}


def _upload(call: Call[Completed] | Call[PartUrls] | Call[AbortUrl], path: str, token: str) -> Upload:
    found = store(call).uploads.get(token)
    if found is None or found.path != path or found.person != call.person.key:
        raise errors.not_found("The upload session does not exist.", "NOT_FOUND")
    return found


async def listed(call: Call[Listed]) -> Json:
    files, path = store(call), of_path(call, "READ_VOLUME")
    if not files.is_folder(path):
        raise missing(path)

    def entry(one: str) -> Json:
        file = files.files.get(one)
        shown: Json = {"path": one, "name": one.rpartition("/")[2], "is_directory": file is None}
        shown["last_modified"] = int(files.changed(one) * 1000)
        return shown | ({"file_size": file.size} if file is not None else {})

    limit = min(call.asked.page_size, PAGE)
    return paging.page(files.inside(path), str, limit, call.asked.page_token, path).answer("contents", entry)


async def make(call: Call) -> None:
    files, path = store(call), of_path(call, "WRITE_VOLUME")
    parts = path.split("/")
    above = ["/".join(parts[:end]) for end in range(6, len(parts) + 1)]
    if any(one in files.files for one in above):
        raise errors.ApiError(409, "ALREADY_EXISTS", f"A file exists at {path}.")
    files.folders.update(above)


async def remove_directory(call: Call) -> None:
    files, path = store(call), of_path(call, "WRITE_VOLUME")
    if not files.is_folder(path):
        raise missing(path)
    if files.inside(path):
        raise errors.ApiError(400, "DIRECTORY_IS_NOT_EMPTY", f"The directory {path} is not empty.")
    files.folders.discard(path)


async def part_urls(call: Call[PartUrls]) -> Json:
    asked = call.asked
    _upload(call, checked(call, asked.path, "WRITE_VOLUME"), asked.session_token)
    numbers = range(asked.start_part_number, asked.start_part_number + asked.count)
    urls = [{"part_number": n, "url": links.of_part(call, asked.session_token, n), "headers": []} for n in numbers]
    return {"upload_part_urls": urls}


async def abort_url(call: Call[AbortUrl]) -> Json:
    _upload(call, checked(call, call.asked.path, "WRITE_VOLUME"), call.asked.session_token)
    return {"abort_upload_url": {"url": links.of_part(call, call.asked.session_token, 0), "headers": []}}


async def download_url(call: Call) -> Json:
    path = checked(call, call.query(DownloadUrl).path, "READ_VOLUME")
    if path not in store(call).files:
        raise missing(path)
    return {"url": links.of_file(call, path), "headers": []}
