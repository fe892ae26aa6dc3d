"""Makes viewers.mmdb, a MaxMind database of four networks, for tests: pip install mmdb_writer; python3 recipe.py"""

from netaddr import IPSet
from mmdb_writer import MMDBWriter, MmdbF64, MmdbU16, MmdbU32

writer = MMDBWriter(ip_version=6, ipv4_compatible=True, database_type="GeoIP2-Enterprise",
                    description="viewers of frontgate's tests", languages=["en"])


def names(name):
    return {"names": {"en": name}}


writer.insert_network(IPSet(["127.0.0.0/8"]), {
    "country": {"iso_code": "BR", **names("Brazil")},
    "subdivisions": [{"iso_code": "SP", **names("São Paulo")}, {"iso_code": "XX", **names("a part of it")}],
    "city": names("São Paulo"),
    "postal": {"code": "01000"},
    "location": {"latitude": MmdbF64(-23.5335), "longitude": MmdbF64(-46.6359), "metro_code": MmdbU16(1),
                 "time_zone": "America/Sao_Paulo"},
    "traits": {"autonomous_system_number": MmdbU32(64496)},
})
writer.insert_network(IPSet(["198.51.100.0/24"]), {"autonomous_system_number": MmdbU32(64497)})
writer.insert_network(IPSet(["203.0.113.0/24"]), {
    "country": {"iso_code": "US", **names("United States")},
    "subdivisions": [{"iso_code": "MI", **names("Michigan")}],
    "city": names("Ann Arbor"),
    "postal": {"code": "48105"},
    "location": {"latitude": MmdbF64(42.3068), "longitude": MmdbF64(-83.7059), "metro_code": MmdbU16(505),
                 "time_zone": "America/Detroit"},
})
writer.insert_network(IPSet(["2001:db8::/32"]), {"country": {"iso_code": "DE", **names("Germany")}})
writer.to_db_file("viewers.mmdb")
