-- Microsoft's SDKs for Python against the simulator, with the API versions of before: they notice nothing, and do what
-- our host does. The interpreter is Debian's own, which knows Debian's packages.
local sdk = require "sdk"

sdk.specify("Microsoft's SDKs for Python", "/usr/bin/python3", "client.py")
