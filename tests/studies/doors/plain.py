"""What serves forecasts without Wick: FastAPI, uvicorn and LightGBM, by somebody who knows them: answers go out as they are,
past FastAPI's encoder, which would take longer than the models. `DOORS_SHAPE` names a folder with answers of Wick's, whose shape
it takes, and `forecast.json` with features by name."""

import json
import os
from pathlib import Path

import lightgbm
import numpy as np
from fastapi import FastAPI
from fastapi.responses import JSONResponse
from pydantic import BaseModel

HORIZONS = ["15m", "1h", "4h", "24h"]
FOLDER = Path(os.environ["DOORS_SHAPE"])
NAMES = list(json.loads((FOLDER / "forecast.json").read_text())["features"])
LATEST = json.loads((FOLDER / "latest.json").read_text())
SAID = json.loads((FOLDER / "said.json").read_text())


def grow(seed):
    """A booster as large as Wick's for volatility: 300 trees of 15 leaves."""
    draw = np.random.default_rng(seed)
    rows = draw.standard_normal((5_000, len(NAMES)))
    wanted = rows[:, :9].sum(axis=1) + draw.standard_normal(len(rows))
    settings = {"objective": "regression", "num_leaves": 15, "learning_rate": 0.1, "num_threads": 1, "verbose": -1}
    return lightgbm.train(settings, lightgbm.Dataset(rows, wanted), 300)


BOOSTERS = {horizon: grow(seed) for seed, horizon in enumerate(HORIZONS)}
ROW = np.zeros((1, len(NAMES)))
app = FastAPI()


class Tensor(BaseModel):
    name: str
    shape: list[int]
    datatype: str
    data: list[float]


class Infer(BaseModel):
    inputs: list[Tensor]


class Asked(BaseModel):
    features: dict[str, float]
    as_of: int
    price: float


def scores(row):
    # One thread: to call more for a row costs more than they save.
    return {horizon: float(booster.predict(row, num_threads=1)[0]) for horizon, booster in BOOSTERS.items()}


@app.get("/v1/predictions/latest")
async def latest():
    said = scores(ROW)
    forecasts = [{**one, "p_up": 1 / (1 + np.exp(-said[one["horizon"]]))} for one in LATEST["forecasts"]]
    return JSONResponse({**LATEST, "forecasts": forecasts})


@app.post("/v2/models/wick/infer")
async def infer(asked: Infer):
    features = asked.inputs[0]
    row = np.array(features.data).reshape(features.shape)
    said = np.array([booster.predict(row, num_threads=1) for booster in BOOSTERS.values()]).T
    p_up = 1 / (1 + np.exp(-said))
    quantiles = np.repeat(said[:, :, None], 7, axis=2)
    tensor = lambda name, it: {"name": name, "shape": list(it.shape), "datatype": "FP64", "data": it.ravel().tolist()}
    outputs = [tensor("p_up", p_up), tensor("variance", said), tensor("volatility", said), tensor("return_quantiles", quantiles)]
    return JSONResponse({"model_name": "wick", "model_version": "1", "outputs": outputs})


@app.post("/v1/forecast")
async def forecast(asked: Asked):
    said = scores(np.array([[asked.features[name] for name in NAMES]]))
    forecasts = [{**one, "p_up": 1 / (1 + np.exp(-said[one["horizon"]]))} for one in SAID["forecasts"]]
    return JSONResponse({**SAID, "as_of": asked.as_of, "price": asked.price, "forecasts": forecasts})
