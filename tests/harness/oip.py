"""A client of the Open Inference Protocol that was not written for Wick: `oip.py HOST:PORT` asks a gateway with NVIDIA's
tritonclient, and holds what it says against `POST /v1/forecast`. The last line is what it found, as JSON."""

import http.client
import json
import sys

import numpy as np
import tritonclient.http as triton
from tritonclient.utils import InferenceServerException

FAR = 1e-12


def ask(door, path, body=None):
    line = http.client.HTTPConnection(door, timeout=30)
    line.request("POST" if body else "GET", path, json.dumps(body) if body else None)
    answer = line.getresponse()
    text = answer.read()
    assert answer.status == 200, (path, answer.status, text)
    return json.loads(text)


def main(door):
    client = triton.InferenceServerClient(door)
    assert client.is_server_live() and client.is_server_ready()
    assert client.get_server_metadata()["name"] == "wick"
    assert client.is_model_ready("wick") and not client.is_model_ready("another")
    metadata = client.get_model_metadata("wick")
    assert {one["name"]: one["datatype"] for one in metadata["inputs"]} == {"features": "FP64", "as_of": "INT64"}, metadata
    names, horizons = metadata["parameters"]["features"], metadata["parameters"]["horizons"]

    latest = ask(door, "/v1/features/latest")
    as_of, values = latest["as_of"], latest["values"]
    rows = np.array([[values[name] for name in names]] * 2)
    rows[1] *= 0.5
    version = metadata["parameters"]["version"]
    said = [
        ask(door, "/v1/forecast", {"features": dict(zip(names, row.tolist())), "as_of": as_of, "price": 1.0, "model": version})
        for row in rows
    ]

    features = triton.InferInput("features", list(rows.shape), "FP64")
    features.set_data_from_numpy(rows, binary_data=False)
    moments = triton.InferInput("as_of", [len(rows)], "INT64")
    moments.set_data_from_numpy(np.array([as_of] * len(rows), dtype=np.int64), binary_data=False)
    wanted = [output["name"] for output in metadata["outputs"]]
    outputs = [triton.InferRequestedOutput(name, binary_data=False) for name in wanted]
    answer = client.infer("wick", [features, moments], model_version=version, outputs=outputs, request_id="one")
    assert answer.get_response()["id"] == "one" and answer.get_response()["model_version"] == version

    quantiles = lambda one: [quantile["log_return"] for quantile in one["quantiles"]]
    readings = {"p_up": lambda one: one["p_up"], "variance": lambda one: one["variance"],
                "volatility": lambda one: one["volatility"], "return_quantiles": quantiles}
    assert sorted(wanted) == sorted(readings), wanted
    furthest = {}
    for name, reading in readings.items():
        expected = np.array([[reading(one) for one in told["forecasts"]] for told in said])
        given = answer.as_numpy(name)
        assert given.shape == expected.shape and given.shape[:2] == (len(rows), len(horizons)), (name, given.shape)
        furthest[name] = float(np.abs(given - expected).max())
    # What else is said depends on the newest forecast, which a bar may replace between the two.
    assert furthest["p_up"] <= FAR, furthest

    # One that speaks binary alone is told so, and not misread.
    features.set_data_from_numpy(rows, binary_data=True)
    try:
        client.infer("wick", [features])
    except InferenceServerException as error:
        refused = str(error.status())
    else:
        refused = None
    assert refused == "400", refused
    print(json.dumps({"furthest": furthest, "rows": len(rows), "features": len(names), "version": version}))


if __name__ == "__main__":
    main(sys.argv[1])
