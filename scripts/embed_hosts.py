#!/usr/bin/env python3
"""Writes plugins/manual/hosts.json as C data for core/dns/dns_host.h: embed_hosts.py OUTPUT.c hosts.json"""
import json
import pathlib
import sys

ENTRIES = {'prefix': 'SP_ENTRY_PREFIX', 'none': 'SP_ENTRY_NONE'}
DOTS = {None: 'SP_DOT_UNKNOWN', 'with': 'SP_DOT_WITH', 'without': 'SP_DOT_WITHOUT'}


def c_string(text):
    # What JSON makes of printable ASCII is a C string too.
    if text is not None and not (text.isascii() and text.isprintable()):
        raise ValueError(f'not printable ASCII: {text!r}')
    return 'NULL' if text is None else json.dumps(text)


def main(output, path):
    hosts = json.loads(pathlib.Path(path).read_text(encoding='utf-8'))
    lines = ['#include "dns/dns_host.h"', '', '#include <stddef.h>', '']
    rows = []
    for i, host in enumerate(hosts):
        servers = ', '.join(map(c_string, host['name_servers']))
        lines.append(f'static const char *const name_servers_{i}[] = {{{servers}, NULL}};')
        texts = ', '.join(f'.{key} = {c_string(host[key])}'
                          for key in ('name', 'page', 'help', 'host_box', 'target_box', 'note'))
        rows.append(f'    {{{texts}, .name_servers = name_servers_{i}, .entry = {ENTRIES[host["host"]]}, '
                    f'.dot = {DOTS[host["target_dot"]]}}},')
    lines += ['', 'const struct sp_dns_host sp_dns_hosts[] = {', *rows, '    {.name = NULL},', '};', '']
    pathlib.Path(output).write_text('\n'.join(lines), encoding='ascii')


if __name__ == '__main__':
    main(sys.argv[1], sys.argv[2])
