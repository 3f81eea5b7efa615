#!/usr/bin/env node
'use strict';

require('../lib/touchy').touchy('ci');
