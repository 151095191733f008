# cspell:ignore openmetrics
"""Reads OpenMetrics text from a file as Prometheus' own client does, and prints its samples as JSON."""

import json
import sys
from pathlib import Path

from prometheus_client.openmetrics.parser import text_string_to_metric_families

text = Path(sys.argv[1]).read_bytes().decode('utf-8', 'strict')
families = [
    {
        'name': family.name,
        'type': family.type,
        'unit': family.unit,
        'samples': [{'name': s.name, 'labels': s.labels, 'value': s.value} for s in family.samples],
    }
    for family in text_string_to_metric_families(text)
]
json.dump(families, sys.stdout)
