"""`samples.bakehouse`: franchises of a bakery, as the sample catalog of a workspace has them; the rows are made up."""

from __future__ import annotations

from portal.sandbox.sql.data.spec import TableSpec

SCHEMA = "samples.bakehouse"
CUSTOMERS, FRANCHISES, SUPPLIERS, TRANSACTIONS, REVIEWS = 300, 48, 27, 3333, 204
_PLACES = (
    ("Tokyo", "Chiyoda", "Japan", "Asia", 139.75, 35.68), ("Stockholm", "Norrmalm", "Sweden", "Europe", 18.06, 59.33),
    ("Porto", "Bonfim", "Portugal", "Europe", -8.61, 41.15), ("Austin", "Texas", "US", "North America", -97.74, 30.27),
    ("Perth", "Western Australia", "Australia", "Oceania", 115.86, -31.95),
    ("Lima", "Miraflores", "Peru", "South America", -77.03, -12.12),
)  # fmt: skip
_PRODUCTS = ("Golden Gate Ginger", "Outback Oatmeal", "Austin Almond Biscotti", "Pearly Pies", "Tokyo Tidbits",
             "Orchard Oasis")  # fmt: skip
_INGREDIENTS = ("cocoa", "vanilla", "butter", "almonds", "oats", "cane sugar", "ginger")
_FIRST = ("Ada", "Bela", "Chidi", "Dora", "Emil", "Farid", "Greta", "Hana")
_LAST = ("Abbot", "Brook", "Castell", "Dvorak", "Ekman", "Fuchs", "Gomez")


def _pick(values: tuple[str, ...], salt: int) -> str:
    return f"{list(values)}[1 + (__draw(n, {salt}) % {len(values)})::INT]"


def _place(index: int, salt: int) -> str:
    """A member of the row's place; text and numbers alike."""
    return f"{[place[index] for place in _PLACES]}[1 + (__draw(n, {salt}) % {len(_PLACES)})::INT]"


def _table(name: str, columns: tuple[tuple[str, str, str], ...], select: str, rows: int) -> TableSpec:
    return TableSpec(SCHEMA, name, columns, f"SELECT {select} FROM (SELECT range AS n FROM range({rows})) ORDER BY n",
                     rows=rows)  # fmt: skip


def _columns(text: str) -> tuple[tuple[str, str, str], ...]:
    return tuple((name, type_, "") for name, type_ in (one.split(":") for one in text.split()))


TABLES = (
    _table(
        "sales_customers",
        _columns(
            "customerID:BIGINT first_name:STRING last_name:STRING email_address:STRING phone_number:STRING "
            "address:STRING city:STRING state:STRING country:STRING continent:STRING postal_zip_code:BIGINT "
            "gender:STRING"
        ),
        f"2000000 + n, {_pick(_FIRST, 61)}, {_pick(_LAST, 62)}, 'customer' || n || '@example.net', "
        f"'555-01' || lpad((n % 100)::VARCHAR, 2, '0'), (1 + n % 180) || ' Mill Lane', {_place(0, 63)}, "
        f"{_place(1, 63)}, {_place(2, 63)}, {_place(3, 63)}, "
        f"10000 + __draw(n, 64) % 89999, {_pick(('female', 'male'), 65)}",
        CUSTOMERS,
    ),
    _table(
        "sales_franchises",
        _columns(
            "franchiseID:BIGINT name:STRING city:STRING district:STRING zipcode:STRING country:STRING size:STRING "
            "longitude:DOUBLE latitude:DOUBLE supplierID:BIGINT"
        ),
        f"3000000 + n, {_pick(_PRODUCTS, 66)} || ' ' || n, {_place(0, 67)}, {_place(1, 67)}, "
        f"CASE WHEN n % 11 = 0 THEN NULL ELSE (10000 + __draw(n, 68) % 89999)::VARCHAR END, {_place(2, 67)}, "
        f"{_pick(('S', 'M', 'L', 'XL', 'XXL'), 69)}, {_place(4, 67)}, {_place(5, 67)}, 4000000 + n % {SUPPLIERS}",
        FRANCHISES,
    ),
    _table(
        "sales_suppliers",
        _columns(
            "supplierID:BIGINT name:STRING ingredient:STRING continent:STRING city:STRING district:STRING size:STRING "
            "longitude:DOUBLE latitude:DOUBLE approved:STRING"
        ),
        f"4000000 + n, {_pick(_LAST, 70)} || ' & Co. ' || n, {_pick(_INGREDIENTS, 71)}, {_place(3, 72)}, "
        f"{_place(0, 72)}, {_place(1, 72)}, {_pick(('S', 'M', 'L'), 73)}, "
        f"{_place(4, 72)}, {_place(5, 72)}, {_pick(('Y', 'N'), 74)}",
        SUPPLIERS,
    ),
    _table(
        "sales_transactions",
        _columns(
            "transactionID:BIGINT customerID:BIGINT franchiseID:BIGINT dateTime:TIMESTAMP product:STRING "
            "quantity:BIGINT unitPrice:BIGINT totalPrice:BIGINT paymentMethod:STRING cardNumber:BIGINT"
        ),
        f"1000000 + n, 2000000 + __draw(n, 75) % {CUSTOMERS}, 3000000 + __draw(n, 76) % {FRANCHISES}, "
        "TIMESTAMPTZ '2024-05-01 00:00:00+00' + to_seconds((__draw(n, 77) % 1468800)::INT), "
        f"{_pick(_PRODUCTS, 78)}, 1 + __draw(n, 79) % 40, 3, 3 * (1 + __draw(n, 79) % 40), "
        f"{_pick(('amex', 'mastercard', 'visa'), 80)}, 4000000000000000 + __draw(n, 81) % 999999999999999",
        TRANSACTIONS,
    ),
    _table(
        "media_customer_reviews",
        _columns("review:STRING franchiseID:BIGINT review_date:TIMESTAMP new_id:INT"),
        f"'The ' || {_pick(_PRODUCTS, 82)} || ' was ' || {_pick(('superb', 'dry', 'fresh', 'too sweet'), 83)} || '.\n"
        f"I would ' || {_pick(('come again', 'not come again', 'tell friends'), 84)} || '.', "
        f"3000000 + __draw(n, 85) % {FRANCHISES}, "
        "TIMESTAMPTZ '2024-05-01 00:00:00+00' + to_seconds((__draw(n, 86) % 1468800)::INT), n",
        REVIEWS,
    ),
    _table(
        "media_gold_reviews_chunked",
        _columns("franchiseID:BIGINT review_date:TIMESTAMP chunked_text:STRING chunk_id:STRING review_uri:STRING"),
        f"3000000 + __draw(n, 85) % {FRANCHISES}, "
        "TIMESTAMPTZ '2024-05-01 00:00:00+00' + to_seconds((__draw(n, 86) % 1468800)::INT), "
        f"'It was ' || {_pick(('superb', 'dry', 'fresh', 'too sweet'), 83)}, n || '_0', '/reviews/' || n",
        REVIEWS,
    ),
)
