"""All rows of the scenario matrix, from the files of each kind."""

from matrix_behind import BEHIND
from matrix_records import RECORDS
from matrix_servers import SERVERS

ROWS = [*RECORDS, *BEHIND, *SERVERS]
