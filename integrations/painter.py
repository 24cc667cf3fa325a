"""The process that makes pictures: specifications as JSON come in, PNGs go out, nothing is fetched from anywhere."""

import json
import sys


def main() -> None:
    """Paint what stands on stdin."""
    import vl_convert

    for spec in json.load(sys.stdin.buffer):
        png = vl_convert.vegalite_to_png(json.dumps(spec), scale=2, allowed_base_urls=[])
        sys.stdout.buffer.write(len(png).to_bytes(4, "big") + png)


if __name__ == "__main__":
    main()
