"""The adjudicated claims are decided as they were adjudicated."""


def test_every_adjudicated_claim_is_decided_rightly(with_service, rows):
    async def scenario(client):
        return [
            await (await client.post("/v1/claims", json=row["body"])).json() for row in rows
        ]

    for row, got in zip(rows, with_service(scenario), strict=True):
        right = row["right"]
        assert got["decision"] == right["decision"], (right["reasons"], got["reasons"])
        assert got["fields"] == right["fields"]
        assert got["category"] == right["category"]
        assert set(right["reasons"]) <= set(got["reasons"])
