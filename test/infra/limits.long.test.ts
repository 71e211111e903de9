import { partitions } from './largest.ts';
import { testLimits } from './limit-tests.ts';

testLimits(partitions.slice(1));
