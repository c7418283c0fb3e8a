"""Settings of the server."""

from pydantic import BaseModel, Field


class Settings(BaseModel):
    """What can be set from outside."""

    max_connections: int = Field(default=1000, ge=1)
    history: int = Field(default=50, ge=0)
    stale_after_seconds: int = 300

    class Config:
        extra = "forbid"
        frozen = True
