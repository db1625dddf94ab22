"""The journey of the SQLAlchemy dialect: create_all with keys, ORM, reflection, and what it leaves behind."""

from __future__ import annotations

import datetime
import decimal
import os

from sqlalchemy import ForeignKey, String, create_engine, func, inspect, select
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column, relationship

URL = (
    f"databricks://token:{os.environ['DATABRICKS_TOKEN']}@localhost"
    f"?http_path={os.environ['DATABRICKS_HTTP_PATH']}&catalog=main&schema=engineer"
)


class Base(DeclarativeBase):
    pass


class Customer(Base):
    __tablename__ = "alchemy_customer"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    name: Mapped[str] = mapped_column(String(80), comment="As on the invoice")
    since: Mapped[datetime.date]
    orders: Mapped[list[Order]] = relationship(back_populates="customer")


class Order(Base):
    __tablename__ = "alchemy_order"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    customer_id: Mapped[int] = mapped_column(ForeignKey("alchemy_customer.id"))
    amount: Mapped[decimal.Decimal]
    paid: Mapped[bool]
    customer: Mapped[Customer] = relationship(back_populates="orders")


def main() -> None:
    # The dialect takes no port from its address.
    connect = {
        "_port": int(os.environ["DATABRICKS_PORT"]),
        "_tls_trusted_ca_file": os.environ["SSL_CERT_FILE"],
        "enable_telemetry": False,
    }
    engine = create_engine(URL, connect_args=connect)
    Base.metadata.drop_all(engine)
    Base.metadata.create_all(engine)
    print("ok create_all")
    with Session(engine) as session:
        first = Customer(id=1, name="Ada", since=datetime.date(2026, 1, 31))
        session.add_all([first, Customer(id=2, name="Grace", since=datetime.date(2026, 2, 1))])
        session.flush()
        session.add_all(
            [
                Order(id=10, customer_id=1, amount=decimal.Decimal(12), paid=True),
                Order(id=11, customer_id=1, amount=decimal.Decimal(8), paid=False),
            ]
        )
        session.commit()
        total = session.scalar(select(func.sum(Order.amount)).join(Customer).where(Customer.name == "Ada"))
        assert total == 20, total
        loaded = session.scalars(select(Customer).order_by(Customer.id)).all()
        assert [one.name for one in loaded] == ["Ada", "Grace"]
        assert [one.id for one in sorted(loaded[0].orders, key=lambda order: order.id)] == [10, 11]
        loaded[1].name = "Grace H."
        session.delete(session.get(Order, 11))
        session.commit()
        assert session.scalar(select(func.count()).select_from(Order)) == 1
        assert session.scalar(select(Customer.name).where(Customer.id == 2)) == "Grace H."
    print("ok ORM")
    seen = inspect(engine)
    assert {"alchemy_customer", "alchemy_order"} <= set(seen.get_table_names())
    assert "engineer" in seen.get_schema_names()
    columns = {one["name"]: one for one in seen.get_columns("alchemy_order")}
    assert list(columns) == ["id", "customer_id", "amount", "paid"]
    assert not columns["id"]["nullable"]
    assert seen.get_pk_constraint("alchemy_order")["constrained_columns"] == ["id"]
    (key,) = seen.get_foreign_keys("alchemy_order")
    assert (key["constrained_columns"], key["referred_table"]) == (["customer_id"], "alchemy_customer")
    assert seen.has_table("alchemy_order")
    assert not seen.has_table("nothing_like_it")
    print("ok reflection")
    Base.metadata.drop_all(engine)
    assert not {"alchemy_customer", "alchemy_order"} & set(inspect(engine).get_table_names())
    print("ok drop_all")


if __name__ == "__main__":
    main()
