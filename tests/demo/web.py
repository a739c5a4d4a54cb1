#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""web.py NAME: a web server on port 80 whose page says whose it is and by which address it was reached."""
import http.server
import sys


class Page(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        text = f"This is {sys.argv[1]}. You came from {self.client_address[0]}.\n".encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/plain")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *_):
        pass


http.server.ThreadingHTTPServer(("0.0.0.0", 80), Page).serve_forever()
