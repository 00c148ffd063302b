// Begins: each panel draws itself when what it shows changes.

import { set } from "./state.js";
import { begin } from "./live.js";
import { head } from "./panels/head.js";
import { pricePanel } from "./panels/price.js";
import { forecastsPanel } from "./panels/forecasts.js";
import { scoreboardPanel } from "./panels/scoreboard.js";
import { calibrationPanel } from "./panels/calibration.js";
import { driftPanel } from "./panels/drift.js";
import { newsPanel } from "./panels/news.js";
import { pipelinePanel } from "./panels/pipeline.js";
import { modelsPanel } from "./panels/models.js";

set("interval", "15m");
for (const panel of [head, pricePanel, forecastsPanel, scoreboardPanel, calibrationPanel, driftPanel, newsPanel, pipelinePanel, modelsPanel]) panel();
begin();
// Only where the browser allows it: on this machine, or through TLS.
if ("serviceWorker" in navigator) addEventListener("load", () => navigator.serviceWorker.register("/sw.js").catch(() => {}));
