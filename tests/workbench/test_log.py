from __future__ import annotations

import io
import json
import logging

from workbench.log import configure_log, get_logger


def test_a_line_is_json_with_event_level_time_and_process() -> None:
    stream = io.StringIO()
    configure_log("worker", stream=stream)
    get_logger(pipeline="usage").info("pipeline_run_finished", rows=812)
    line = json.loads(stream.getvalue())
    assert line.pop("timestamp").endswith("Z")
    assert line == {
        "event": "pipeline_run_finished", "level": "info", "pipeline": "usage", "process": "worker", "rows": 812
    }  # fmt: skip


def test_warnings_of_libraries_take_the_same_form() -> None:
    stream = io.StringIO()
    configure_log("worker", stream=stream)
    logging.getLogger("botocore").warning("retrying %s", "soon")
    assert json.loads(stream.getvalue())["event"] == "retrying soon"


def test_a_level_below_the_setting_is_silent() -> None:
    stream = io.StringIO()
    configure_log("worker", level="WARNING", stream=stream)
    get_logger().info("pipeline_run_finished")
    assert stream.getvalue() == ""
