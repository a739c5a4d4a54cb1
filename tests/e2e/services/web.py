# SPDX-License-Identifier: GPL-2.0-or-later
# web.py NAME ADDRESS PORT…: a web server that says who it is. /slow?FILE goes on saying so until there is FILE, at most
# ten minutes, and then says "whole".
import http.server
import os
import socketserver
import sys
import threading
import time

CHUNK = b"x" * 4999 + b"\n"
LONGEST = 600


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(sys.argv[1].encode() + b"\n")
        path, _, enough = self.path.partition("?")
        if path != "/slow":
            return
        end = time.monotonic() + LONGEST
        while not os.path.exists(enough) and time.monotonic() < end:
            self.wfile.write(CHUNK)
            time.sleep(0.1)
        self.wfile.write(b"whole\n")

    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        self.do_GET()

    def log_message(self, *_):
        pass


class Server(socketserver.ThreadingMixIn, http.server.HTTPServer):
    daemon_threads = True
    request_queue_size = 64

    def handle_error(self, *_):  # who asked is gone: a check reads no more than it needs
        pass


servers = [Server((sys.argv[2], int(port)), Handler) for port in sys.argv[3:]]
for server in servers[1:]:
    threading.Thread(target=server.serve_forever, daemon=True).start()
servers[0].serve_forever()
