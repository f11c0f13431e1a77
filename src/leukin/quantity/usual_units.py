"""Units that nearly every program needs, as pint reads them, so that pint need not be loaded for them.

Each line: the unit, its factor to canonical units, the powers of base units. A test compares every line with pint's answer.
"""

from __future__ import annotations

USUAL = """
%                    0.01
%/h                  0.01                   hour^-1
1/d                  0.041666666666666664   hour^-1
1/day                0.041666666666666664   hour^-1
1/h                  1.0                    hour^-1
1/min                60.0                   hour^-1
1/month              0.0013689253935660506  hour^-1
1/nM/h               0.9999999999999999     hour^-1 decimetre^3 nanomole^-1
1/nM/min             59.99999999999999      hour^-1 decimetre^3 nanomole^-1
1e9/L                1000000000.0           decimetre^-3
EAID50               1.0                    EAID50^1
IU                   1.0                    IU^1
IU/kg                0.001                  gram^-1 IU^1
IU/m2                0.01                   decimetre^-2 IU^1
L                    1.0                    decimetre^3
L/day                0.041666666666666664   hour^-1 decimetre^3
L/h                  1.0                    hour^-1 decimetre^3
MIU                  1000000.0              IU^1
MIU/kg               1000.0                 gram^-1 IU^1
MIU/m2               10000.0                decimetre^-2 IU^1
MIU/mg               1000000000.0           gram^-1 IU^1
U/mL                 1000.0                 decimetre^-3 U^1
cell                 1.0                    cell^1
cell/d               0.041666666666666664   hour^-1 cell^1
cell/h               1.0                    hour^-1 cell^1
cell/mL              1000.0                 decimetre^-3 cell^1
cell/molecule/h      1.0                    hour^-1 molecule^-1 cell^1
cell/molecule/min    60.0                   hour^-1 molecule^-1 cell^1
cell^2/molecule^2/h  1.0                    hour^-1 molecule^-2 cell^2
cm                   0.1                    decimetre^1
d                    24.0                   hour^1
day                  24.0                   hour^1
degC                 1.0                    degC^1
dm                   1.0                    decimetre^1
fL/cell              1e-15                  decimetre^3 cell^-1
g                    1.0                    gram^1
g/L                  1.0                    decimetre^-3 gram^1
g/h                  1.0                    hour^-1 gram^1
h                    1.0                    hour^1
kDa                  1.0000000000000002e-06 gram^1 nanomole^-1
kg                   1000.0                 gram^1
kg/L                 1000.0                 decimetre^-3 gram^1
m2                   100.0                  decimetre^2
mL                   0.001                  decimetre^3
mL/d                 4.1666666666666665e-05 hour^-1 decimetre^3
mL/day               4.1666666666666665e-05 hour^-1 decimetre^3
mL/h                 0.001                  hour^-1 decimetre^3
mL/kg                1e-06                  decimetre^3 gram^-1
mg                   0.001                  gram^1
mg/dL                0.01                   decimetre^-3 gram^1
mg/kg                1e-06
mg/m2                1e-05                  decimetre^-2 gram^1
min                  0.016666666666666666   hour^1
mm                   0.01                   decimetre^1
mmHg                 1.0                    mmHg^1
mmHg/(g/L)           1.0                    decimetre^3 gram^-1 mmHg^1
mmHg/(g/L)^2         1.0                    decimetre^6 gram^-2 mmHg^1
mmHg/(g/L)^3         1.0                    decimetre^9 gram^-3 mmHg^1
mm^2                 9.999999999999999e-05  decimetre^2
molecule             1.0                    molecule^1
molecule/cell        1.0                    molecule^1 cell^-1
molecule/cell/h      1.0                    hour^-1 molecule^1 cell^-1
molecule/cell/h/nM   0.9999999999999999     hour^-1 decimetre^3 nanomole^-1 molecule^1 cell^-1
molecule/cell/min    60.0                   hour^-1 molecule^1 cell^-1
molecule/cell/s      3600.0                 hour^-1 molecule^1 cell^-1
molecule/nmol        1.0                    nanomole^-1 molecule^1
month                730.5                  hour^1
nM                   1.0                    decimetre^-3 nanomole^1
nM*cell/molecule     1.0                    decimetre^-3 nanomole^1 molecule^-1 cell^1
ng/mL                1.0000000000000002e-06 decimetre^-3 gram^1
nmol                 1.0                    nanomole^1
nmol/h               1.0                    hour^-1 nanomole^1
nmol/h/EAID50        1.0                    hour^-1 nanomole^1 EAID50^-1
pM                   0.001                  decimetre^-3 nanomole^1
percent              0.01
percent/h            0.01                   hour^-1
pg/U                 1e-12                  gram^1 U^-1
pg/mL                1e-09                  decimetre^-3 gram^1
ug                   1e-06                  gram^1
ug/kg                1e-09
ug/m2                1e-08                  decimetre^-2 gram^1
week                 168.0                  hour^1
"""
