import { endpointOf, parseBaseUrl } from "../../provider/src/kalshi/endpoint";

test.each([
    ["https://external-api.kalshi.com/trade-api/v2", "prod"],
    ["https://api.elections.kalshi.com/trade-api/v2", "prod"],
    ["https://external-api.demo.kalshi.co/trade-api/v2/", "demo"],
    ["https://demo-api.kalshi.co/trade-api/v2", "demo"],
    ["http://127.0.0.1:8080/trade-api/v2", "http://127.0.0.1:8080/trade-api/v2"],
    ["http://localhost:8080/trade-api/v2", "http://localhost:8080/trade-api/v2"],
    ["http://[::1]:8080/trade-api/v2", "http://[::1]:8080/trade-api/v2"],
    ["https://proxy.example/kalshi/trade-api/v2", "https://proxy.example/kalshi/trade-api/v2"],
])("%s belongs to the environment %s", (baseUrl, environment) => {
    expect(parseBaseUrl(baseUrl)).toEqual({ baseUrl: baseUrl.replace(/\/$/, ""), environment });
});

test("ignores trailing slashes", () => {
    const { baseUrl } = endpointOf("demo");
    expect(parseBaseUrl(`${baseUrl}///`)).toEqual(endpointOf("demo"));
});

test("recommends a host of the given environment", () => {
    for (const environment of ["prod", "demo"] as const) {
        expect(parseBaseUrl(endpointOf(environment).baseUrl)).toEqual(endpointOf(environment));
    }
});

test.each([
    ["http://external-api.kalshi.com/trade-api/v2", /plain http.*use https:\/\/external-api.kalshi.com\/trade-api\/v2/],
    ["http://127.0.0.1.example/trade-api/v2", /plain http/],
    ["http://192.168.0.1/trade-api/v2", /plain http/],
    ["ftp://127.0.0.1/trade-api/v2", /not an http/],
    ["external-api.kalshi.com/trade-api/v2", /not an http/],
    ["https://proxy.example/kalshi", /must end with \/trade-api\/v2/],
    ["https://external-api.kalshi.com", /at exactly https:\/\/external-api.kalshi.com\/trade-api\/v2/],
    ["https://external-api.kalshi.com/trade-api/v2/trade-api/v2", /at exactly/],
    ["https://demo-api.kalshi.co/proxy/trade-api/v2", /at exactly https:\/\/demo-api.kalshi.co\/trade-api\/v2/],
    ["https://user:secret@external-api.kalshi.com/trade-api/v2", /no user, password/],
    ["https://external-api.kalshi.com/trade-api/v2?a=b", /no user, password, query/],
    ["https://user@external-api.kalshi.com/trade-api/v2", /no user, password/],
    ["https://:secret@external-api.kalshi.com/trade-api/v2", /no user, password/],
    ["https://external-api.kalshi.com/trade-api/v2#part", /no user, password, query or fragment/],
])("%s is refused", (baseUrl, reason) => {
    expect(() => parseBaseUrl(baseUrl)).toThrow(reason);
});
