"""Credit scoring with aiohttp: one process, one event loop, one file to read."""

import asyncio
import logging
import math
import os
import pickle
import re
import time

import aiohttp
import model
import orjson
import watch
from aiohttp import web
from prometheus_client import REGISTRY, Counter, Histogram, generate_latest

VERSION = "gbm-1"
MAX_BATCH = 500
BUREAU_TIMEOUT_S = 0.25
BUREAU_PAUSE_S = 1.0
MAX_MONEY = 100_000_000
ID = re.compile(r"[A-Za-z0-9._-]{1,64}")

REQUESTS = Counter("requests_total", "Requests.", ["path", "status"])
SECONDS = Histogram(
    "request_seconds",
    "Duration.",
    ["path"],
    buckets=(0.002, 0.005, 0.01, 0.02, 0.03, 0.05, 0.1, 0.25, 0.5, 1),
)
DECISIONS = Counter("decisions_total", "Decisions.", ["decision"])
INCOMES = Counter("incomes_total", "Where incomes came from.", ["source"])
LOOKUPS = Counter("lookups_total", "What the bureau said.", ["outcome"])
NULLS = Counter("nulls_total", "Inputs that were null.", ["input"])
REFUSED = Counter("refused_total", "Refused requests by the field that was wrong.", ["field"])


class Invalid(Exception):
    """Names the field that is wrong, never its value."""


def whole(low, high):
    return lambda v: type(v) is int and low <= v <= high


def money(low, nullable=False):
    def check(v):
        if v is None:
            return nullable
        return type(v) in (int, float) and math.isfinite(v) and low <= v <= MAX_MONEY

    return check


def one_of(name, nullable):
    values = model.CATEGORIES[name]
    return lambda v: nullable if v is None else isinstance(v, str) and v in values


CHECKS = {
    "application_id": lambda v: isinstance(v, str) and ID.fullmatch(v) is not None,
    "seniority_years": whole(0, 80),
    "term_months": whole(1, 600),
    "age_years": whole(18, 120),
    "home": one_of("home", True),
    "marital": one_of("marital", True),
    "records": one_of("records", False),
    "job": one_of("job", True),
    "expenses_eur_month": money(0),
    "income_eur_year": money(0, nullable=True),
    "assets_eur": money(0, nullable=True),
    "debt_eur": money(0, nullable=True),
    "amount_eur": money(5e-324),
    "price_eur": money(5e-324),
}
NULLABLE = ("home", "marital", "job", "income_eur_year", "assets_eur", "debt_eur")
REFUSABLE = (*CHECKS, "applicant.name", "applicant.email", "applicant.national_id", "body")
for field in REFUSABLE:
    REFUSED.labels(field)
for name in NULLABLE:
    NULLS.labels(name)
for outcome in ("found", "unknown", "failed"):
    LOOKUPS.labels(outcome)


def checked(body):
    """The application if every field is right."""
    if not isinstance(body, dict):
        raise Invalid("body")
    for name, check in CHECKS.items():
        if name not in body or not check(body[name]):
            raise Invalid(name)
    applicant = body.get("applicant")
    for name in ("name", "email", "national_id"):
        if not isinstance(applicant, dict) or not isinstance(applicant.get(name), str):
            raise Invalid(f"applicant.{name}")
    return body


class Bureau:
    """Asks for incomes; gives up for a second after five failures in a row."""

    def __init__(self, url):
        self.url = url
        self.failures = 0
        self.retry_at = 0.0
        self.turns = asyncio.Semaphore(16)
        self.session = aiohttp.ClientSession(
            timeout=aiohttp.ClientTimeout(total=BUREAU_TIMEOUT_S), auto_decompress=False
        )

    async def incomes(self, ids):
        tasks = [asyncio.create_task(self.income(one)) for one in ids]
        if tasks:
            _, late = await asyncio.wait(tasks, timeout=0.4)
            for task in late:
                task.cancel()
        return [task.result() if task.done() else None for task in tasks]

    async def income(self, application_id):
        async with self.turns:
            if not self.url or (self.failures >= 5 and time.monotonic() < self.retry_at):
                LOOKUPS.labels("failed").inc()
                return None
            self.retry_at = time.monotonic() + BUREAU_PAUSE_S
            try:
                income = await self.ask(application_id)
            except (aiohttp.ClientError, TimeoutError, ValueError, TypeError, KeyError):
                self.failures += 1
                LOOKUPS.labels("failed").inc()
                return None
            self.failures = 0
            LOOKUPS.labels("unknown" if income is None else "found").inc()
            return income

    async def ask(self, application_id):
        async with self.session.get(f"{self.url}/income/{application_id}") as answer:
            if answer.status == 404:
                return None
            answer.raise_for_status()
            income = orjson.loads(await answer.content.read(4096))["income_eur_year"]
            if not money(0)(income):
                raise ValueError("no amount")
            return income


async def score(app, applications):
    """Scores in the order of the applications."""
    incomes = [one["income_eur_year"] for one in applications]
    sources = ["declared"] * len(incomes)
    unknown = [i for i, income in enumerate(incomes) if income is None]
    found = await app["bureau"].incomes([applications[i]["application_id"] for i in unknown])
    for i, income in zip(unknown, found, strict=True):
        incomes[i], sources[i] = income, "imputed" if income is None else "bureau"
    vectors = [
        model.vector(one | {"income_eur_month": None if income is None else income / 12})
        for one, income in zip(applications, incomes, strict=True)
    ]
    classifier, medians, _ = app["model"]
    probabilities = classifier.predict_proba(model.matrix(vectors, medians))[:, 1].tolist()
    for application, vector, probability in zip(applications, vectors, probabilities, strict=True):
        app["watch"].scored(application["application_id"], vector, probability)
        for name in NULLABLE:
            if application[name] is None:
                NULLS.labels(name).inc()
    return [answer(*each) for each in zip(applications, probabilities, sources, strict=True)]


def answer(application, probability, source):
    decision = "approve" if probability < 0.25 else "refer" if probability < 0.5 else "decline"
    DECISIONS.labels(decision).inc()
    INCOMES.labels(source).inc()
    return {
        "application_id": application["application_id"],
        "probability_of_default": probability,
        "decision": decision,
        "income_source": source,
        "model_version": VERSION,
    }


def reply(content, status=200):
    return web.Response(body=orjson.dumps(content), status=status, content_type="application/json")


def refuse(status, message, **more):
    return reply({"error": {"message": message, **more}}, status)


async def one(request):
    application = checked(orjson.loads(await request.read()))
    return reply((await score(request.app, [application]))[0])


async def batch(request):
    body = orjson.loads(await request.read())
    rows = body.get("applications") if isinstance(body, dict) else None
    if not isinstance(rows, list) or not rows:
        raise Invalid("applications")
    if len(rows) > MAX_BATCH:
        return refuse(413, f"at most {MAX_BATCH} applications")
    for index, row in enumerate(rows):
        try:
            checked(row)
        except Invalid as error:
            return refuse(422, "a row is invalid", index=index, field=str(error))
    return reply({"scores": await score(request.app, rows)})


async def feedback(request):
    body = orjson.loads(await request.read())
    if not isinstance(body, dict) or not CHECKS["application_id"](body.get("application_id")):
        raise Invalid("application_id")
    if not isinstance(body.get("defaulted"), bool):
        raise Invalid("defaulted")
    request.app["watch"].ended(body["application_id"], body["defaulted"])
    return reply({"application_id": body["application_id"]}, 202)


async def live(_):
    return reply({"status": "alive"})


async def metrics(_):
    return web.Response(body=generate_latest(), content_type="text/plain")


@web.middleware
async def observe(request, handler):
    started, status = time.perf_counter(), 500
    path = request.match_info.route.resource
    path = path.canonical if path else "other"
    try:
        response = await guarded(request, handler)
        status = response.status
        return response
    finally:
        REQUESTS.labels(path, status).inc()
        SECONDS.labels(path).observe(time.perf_counter() - started)


async def guarded(request, handler):
    try:
        return await handler(request)
    except web.HTTPException as error:
        return refuse(error.status, error.reason)
    except orjson.JSONDecodeError:
        REFUSED.labels("body").inc()
        return refuse(400, "not JSON")
    except Invalid as error:
        REFUSED.labels(str(error) if str(error) in REFUSABLE else "body").inc()
        return refuse(422, "invalid", field=str(error))
    except Exception as error:
        logging.exception("failed: %s in %s", type(error).__name__, request.path)
        return refuse(500, "our fault")


async def start(app):
    """Nothing listens before the model has scored an example."""
    app["model"] = pickle.loads(model.FILE.read_bytes())
    app["bureau"] = Bureau(os.environ.get("BUREAU_URL", "").rstrip("/"))
    classifier, medians, known = app["model"]
    app["watch"] = watch.Watch(known)
    REGISTRY.register(app["watch"])
    assert 0 < classifier.predict_proba(model.matrix([medians], medians))[0, 1] < 1


async def stop(app):
    REGISTRY.unregister(app["watch"])
    await app["bureau"].session.close()


def make():
    app = web.Application(middlewares=[observe], client_max_size=1 << 20)
    app.on_startup.append(start)
    app.on_cleanup.append(stop)
    app.router.add_post("/v1/score", one)
    app.router.add_post("/v1/score/batch", batch)
    app.router.add_post("/v1/feedback", feedback)
    app.router.add_get("/livez", live)
    app.router.add_get("/readyz", live)
    app.router.add_get("/metrics", metrics)
    return app


if __name__ == "__main__":
    logging.basicConfig(level=logging.WARNING)
    logging.getLogger("aiohttp.access").disabled = True
    web.run_app(
        make(),
        port=int(os.environ.get("PORT", "8080")),
        access_log=None,
        shutdown_timeout=8,
        keepalive_timeout=75,
        handle_signals=True,
        print=None,
    )
