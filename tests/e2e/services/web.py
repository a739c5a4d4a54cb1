# SPDX-License-Identifier: GPL-2.0-or-later
# web.py NAME ADDRESS PORT…: a web server that says who it is. /slow is some 600 kB in 12 s.
import http.server
import socketserver
import sys
import threading
import time

CHUNK = b"x" * 5000
CHUNKS = 120


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        name = sys.argv[1].encode() + b"\n"
        slow = self.path == "/slow"
        self.send_response(200)
        self.send_header("Content-Length", str(len(name) + (len(CHUNK) * CHUNKS if slow else 0)))
        self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(name)
        for _ in range(CHUNKS if slow else 0):
            self.wfile.write(CHUNK)
            time.sleep(0.1)

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
