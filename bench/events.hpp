#pragma once

#include <string>

// Events of about 1.1 KB as RudderStack's SDKs send them.
namespace pintle::bench {

// What the browser SDK adds to every event.
inline constexpr const char* context =
    R"(,"channel":"web","anonymousId":"0d5a1f2e-6c1b-4f3e-9a87-3b2c1d0e9f8a",)"
    R"("messageId":"c3b7e1a0-5d2f-4e8b-9c6a-7f1e2d3c4b5a","userId":"user-4815162342",)"
    R"("originalTimestamp":"2021-03-05T10:20:30.456Z","sentAt":"2021-03-05T10:20:31.002Z",)"
    R"("timestamp":"2021-03-05T10:20:30.456Z","receivedAt":"2021-03-05T10:20:31.100Z",)"
    R"("context":{"app":{"name":"Shop","version":"4.2.1"},"library":{"name":"RudderLabs )"
    R"(JavaScript SDK","version":"3.7.6"},"locale":"en-GB","page":{"path":"/boots/42",)"
    R"("referrer":"https://www.example.com/","search":"?utm_source=mail","title":"Boots",)"
    R"("url":"https://shop.example.com/boots/42?utm_source=mail"},"screen":{"density":2,)"
    R"("width":1440,"height":900},"timezone":"GMT+0100","userAgent":"Mozilla/5.0 (X11; )"
    R"(Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 Safari/)"
    R"(537.36","traits":{"email":"ada@example.com"}},"integrations":{"All":true}})";

inline constexpr const char* properties =
    R"(,"properties":{"order_id":"50314b8e9bcf","revenue":129.90,"currency":"EUR",)"
    R"("coupon":null,"name":"Main","products":[{"sku":"45790-32","price":89.95,)"
    R"("quantity":1},{"sku":"46493-32","price":39.95,"quantity":1}]})";

inline constexpr const char* traits =
    R"(,"traits":{"name":"Ada Lovelace","email":"ada@example.com","plan":"enterprise",)"
    R"("createdAt":"2019-10-14T09:03:17.562Z","logins":42,"score":0.75,"phone":)"
    R"("+441632960961","address":{"city":"London","country":"GB","postalCode":"N1 9GU"},)"
    R"("tags":["early","beta"]})";

inline std::string event_of(const std::string& type) {
    const std::string head = R"({"type":")" + type + '"';
    if (type == "track") return head + R"(,"event":"Order Completed")" + properties + context;
    if (type == "page" || type == "screen") return head + R"(,"name":"Boots")" + properties + context;
    if (type == "group") return head + R"(,"groupId":"acme")" + traits + context;
    if (type == "alias") return head + R"(,"previousId":"0d5a1f2e-6c1b-4f3e-9a87-3b2c1d0e9f8a")" + context;
    return head + traits + context;
}

}  // namespace pintle::bench
