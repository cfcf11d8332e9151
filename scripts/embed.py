#!/usr/bin/env python3
"""Writes a C file that holds the given *.schema.json files: embed.py OUTPUT.c FILE..."""
import json
import pathlib
import sys


def main(output, paths):
    lines = ['#include "cli/schemas.h"', '']
    rows = []
    for path in sorted(map(pathlib.Path, paths)):
        data = path.read_bytes()
        json.loads(data)  # a broken schema fails the build
        name = path.name.removesuffix('.schema.json')
        symbol = 'text_' + name.replace('-', '_')
        lines.append(f'static const char {symbol}[] = {{')
        for start in range(0, len(data), 20):
            lines.append('    ' + ' '.join(f'{byte},' for byte in data[start:start + 20]))
        lines.append('};')
        rows.append(f'    {{"{name}", {symbol}, sizeof({symbol})}},')
    lines += ['', 'const struct sp_schema sp_schemas[] = {', *rows, '    {NULL, NULL, 0},', '};', '']
    pathlib.Path(output).write_text('\n'.join(lines))


if __name__ == '__main__':
    main(sys.argv[1], sys.argv[2:])
