"""How tests ask: requests made one after another, and what came back."""


def run(with_service, *requests, **settings):
    """Status and body of requests made one after another."""

    async def scenario(client):
        answers = []
        for method, path, body in requests:
            answer = await client.request(method, path, json=body)
            answers.append((answer.status, await answer.json()))
        return answers

    return with_service(scenario, **settings)


def claim(body, **changes):
    """A claim to be decided, some of it replaced."""
    return ("POST", "/v1/claims", {**body, **changes})


def decided(with_service, body, **settings):
    """The decision on one claim."""
    [(status, answer)] = run(with_service, claim(body), **settings)
    assert status == 200, answer
    return answer
