"""How the fake behaves: what a test or a benchmark may turn."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass
class Settings:
    """Limits are as published: per subscription 250 reads at once and 25 a second, Resource Graph 15 in 5 seconds."""

    latency: float = 0.0  # before every answer, in seconds
    page_size: int | None = None  # of lists that come in pages; None for all at once
    query_page: int = 1000  # the most rows of one answer of Resource Graph
    query_bytes: int = 16_777_216  # its largest answer
    graph_page: int = 100
    limits: bool = False  # enforce Resource Manager's
    quota: bool = False  # enforce Resource Graph's
    keep: bool = False  # answers of Resource Manager are made once, for benchmarks
    withhold_names: bool = False  # Graph gives ids and types, and null for all else
