"""The journey of dbt-databricks: debug, seed, run, test, snapshot, each twice: the second meets what the first made."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

FILES = {
    "dbt_project.yml": """
name: journey
version: "1.0"
profile: journey
models: {journey: {+materialized: table}}
flags: {send_anonymous_usage_stats: false}
""",
    "profiles.yml": """
journey:
  target: sandbox
  outputs:
    sandbox:
      type: databricks
      host: localhost
      http_path: "{{ env_var('DATABRICKS_HTTP_PATH') }}"
      token: "{{ env_var('DATABRICKS_TOKEN') }}"
      catalog: main
      schema: engineer
      threads: 2
      connect_retries: 0
      connection_parameters: {_port: PORT, enable_telemetry: false}
""",
    "seeds/countries.csv": "code,name,since\nde,Germany,2020-01-01\nfr,France,2021-02-03\nit,Italy,2022-03-04\n",
    "models/orders.sql": "select order_id, region, amount, current_date() as loaded from main.sales.orders",
    "models/by_region.sql": """
{{ config(materialized='view') }}
select region, count(*) as orders, sum(amount) as amount from {{ ref('orders') }} group by region
""",
    "models/grown.sql": """
{{ config(materialized='incremental', unique_key='order_id', incremental_strategy='merge') }}
select order_id, amount, region from {{ ref('orders') }}
{% if is_incremental() %} where order_id % 2 = 0 {% endif %}
""",
    "models/schema.yml": """
models:
  - name: orders
    description: Every order, once
    columns:
      - {name: order_id, description: Key, data_tests: [unique, not_null]}
  - name: by_region
    columns: [{name: region, data_tests: [not_null]}]
""",
    "snapshots/countries.sql": """
{% snapshot countries_then %}
{{ config(target_schema='engineer', unique_key='code', strategy='check', check_cols=['name']) }}
select * from {{ ref('countries') }}
{% endsnapshot %}
""",
}
COMMANDS = ("debug", "seed", "run", "test", "snapshot")


def main() -> int:
    failed = 0
    with tempfile.TemporaryDirectory() as directory:
        for name, text in FILES.items():
            path = Path(directory, name)
            path.parent.mkdir(exist_ok=True)
            path.write_text(text.lstrip("\n").replace("PORT", os.environ["DATABRICKS_PORT"]))
        for turn in ("first", "second"):
            for command in COMMANDS:
                # The next to this interpreter: a dbt elsewhere on PATH may be of another environment.
                dbt = str(Path(sys.executable).with_name("dbt"))
                done = subprocess.run(
                    [dbt, "--no-use-colors", command, "--project-dir", directory, "--profiles-dir", directory],
                    cwd=directory, capture_output=True, text=True, timeout=300, check=False,
                )  # fmt: skip
                print(f"{'ok' if done.returncode == 0 else 'FAILED'} {command}, the {turn} time", flush=True)
                if done.returncode:
                    failed += 1
                    print(done.stdout[-2500:], done.stderr[-500:], flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
